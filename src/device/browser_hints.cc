#include "device/browser_hints.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "device/match.h"

namespace rs::device {
namespace {

// What browsers call themselves and Matomo's table otherwise (Browser.php, clientHintMapping).
constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kOtherNames = {{
    {"Google Chrome", "Chrome"},
    {"Android WebView", "Chrome Webview"},
    {"DuckDuckGo", "DuckDuckGo Privacy Browser"},
    {"Microsoft Edge WebView2", "Edge WebView"},
    {"Miui Browser", "Mi Browser"},
    {"XiaoMiBrowser", "Mi Browser"},
    {"Edge", "Microsoft Edge"},
    {"Norton Secure Browser", "Norton Private Browser"},
    {"Opera GX Android", "Opera GX"},
    {"Opera Mini Android", "Opera Mini"},
    {"Puffin", "Puffin Cloud Browser"},
    {"Vewd Core", "Vewd Browser"},
    {"YaSearchBrowser", "Yandex Browser"},
}};

std::string_view table_name(std::string_view brand) {
  const auto* other = std::find_if(kOtherNames.begin(), kOtherNames.end(), [&](const auto& pair) {
    return equals_ignoring_case(pair.first, brand);
  });
  return other == kOtherNames.end() ? brand : other->second;
}

// Names that a more telling brand may follow.
bool is_generic(std::string_view name) {
  return name.empty() || name == "Chrome" || name == "Chromium" || name == "Microsoft Edge";
}

}  // namespace

bool browser_from_hints(const Detectors& known, const ClientHints& hints, Arena& arena,
                        ClientFound& browser) {
  browser.name = browser.version = browser.short_name = browser.engine = browser.engine_version =
      "";
  if (hints.brands().empty()) return false;
  std::string_view webview, chromium;
  for (const auto& brand : hints.brands()) {
    if (brand.name == "Android WebView") webview = brand.version;
    if (brand.name == "Chromium") chromium = brand.version;
  }
  const auto engine_version = webview.data() != nullptr ? webview : chromium;
  if (engine_version.data() != nullptr) {
    browser.engine = "Blink";
    browser.engine_version = engine_version;
  }
  for (const auto& brand : hints.brands()) {
    const Named* named = known.tables.browsers.find_browser(table_name(brand.name));
    if (named != nullptr) {
      const auto name = known.database.text(named->name);
      if (!(browser.name == "Chrome" && name == "Chromium")) {
        browser.name = name;
        browser.short_name = known.database.text(named->short_name);
        browser.version = brand.version;
      }
    }
    if (!is_generic(browser.name)) break;
  }
  auto version = is_empty(hints.full_version()) ? browser.version : hints.full_version();
  browser.version = build_version(version, Captures(), arena);
  return !is_empty(browser.name);
}

}  // namespace rs::device
