#include "device/browser.h"

#include <algorithm>
#include <initializer_list>

#include "base/text.h"
#include "device/browser_engine.h"
#include "device/browser_hints.h"
#include "device/match.h"
#include "device/version_compare.h"

namespace rs::device {
namespace {

constexpr std::string_view kBlink = "Blink";

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

ClientFound from_user_agent(const Detectors& known, Subject& subject, Arena& arena) {
  ClientFound browser;
  browser.name = browser.version = browser.short_name = browser.engine = browser.engine_version =
      "";
  const auto index = subject.first(List::kBrowsers);
  if (index == kNoMatch) return browser;
  const Browser& record = known.database.records<Browser>(Section::kBrowsers)[index];
  const auto name = build_text(known.database.text(record.name), subject.captures(), arena);
  const Named* named = known.tables.browsers.find(name);
  if (named == nullptr) return browser;
  browser.name = known.database.text(named->name);
  browser.short_name = known.database.text(named->short_name);
  browser.version = build_version(known.database.text(record.version), subject.captures(), arena);
  browser.engine = find_engine(known, record, browser.version, subject);
  browser.engine_version = find_engine_version(browser.engine, subject);
  return browser;
}

std::string_view family_of(const Detectors& known, std::string_view name) {
  const Named* named = known.tables.browsers.find_exact(name);
  return named == nullptr ? std::string_view() : known.database.text(named->family);
}

int major_of(std::string_view version) {
  int major = 0;
  for (const char c : version) {
    if (c < '0' || c > '9' || major > 100'000'000) break;
    major = major * 10 + (c - '0');
  }
  return major;
}

// Versions by year are Iridium's.
bool is_iridium_version(std::string_view version) {
  return version.size() >= 4 && version.starts_with("202") && version[3] >= '0' &&
         version[3] <= '4';
}

// Some browsers say their own version in the user agent only.
void take_own_version(const ClientFound& agent, ClientFound& browser) {
  if (is_iridium_version(browser.version)) {
    browser.name = "Iridium";
    browser.short_name = "I1";
  }
  if (browser.version.starts_with("15") && agent.version.starts_with("114")) {
    browser.name = "360 Secure Browser";
    browser.short_name = "3B";
    browser.engine = agent.engine;
    browser.engine_version = agent.engine_version;
  }
  if (!is_empty(agent.version) &&
      is_one_of(browser.short_name, {"A0", "AL", "HP", "JR", "MU", "OM", "OP", "VR"})) {
    browser.version = agent.version;
  }
  if (browser.name == "Vewd Browser") {
    browser.engine = agent.engine;
    browser.engine_version = agent.engine_version;
  }
}

// The user agent's name where it says more: a browser rather than its engine, mobile rather than
// not.
void take_better_name(const Detectors& known, const ClientFound& agent, ClientFound& browser) {
  if (is_one_of(browser.name, {"Chromium", "Chrome Webview"}) && !is_empty(agent.name) &&
      !is_one_of(agent.short_name, {"CR", "CV", "AN", "CM"})) {
    browser.name = agent.name;
    browser.short_name = agent.short_name;
    if (major_of(agent.version) != major_of(browser.version) ||
        compare_versions(browser.version, agent.version) <= 0) {
      browser.version = agent.version;
    }
  }
  if (agent.name.size() == browser.name.size() + 7 && agent.name.starts_with(browser.name) &&
      agent.name.ends_with(" Mobile")) {
    browser.name = agent.name;
    browser.short_name = agent.short_name;
  }
  const auto take_engine = [&] {
    browser.engine = agent.engine;
    browser.engine_version = agent.engine_version;
  };
  if (browser.name != agent.name &&
      family_of(known, browser.name) == family_of(known, agent.name)) {
    take_engine();
  }
  if (browser.name == agent.name) take_engine();
}

void merge(const Detectors& known, const ClientFound& agent, ClientFound& browser) {
  const ClientFound hint = browser;
  take_own_version(agent, browser);
  if (browser.engine == kBlink && browser.name != "Iridium" && agent.engine == browser.engine &&
      compare_versions(browser.engine_version, agent.engine_version) < 0) {
    browser.engine_version = agent.engine_version;
  }
  take_better_name(known, agent, browser);
  if (!is_empty(agent.version) && agent.version.starts_with(browser.version) &&
      compare_versions(browser.version, agent.version) < 0) {
    browser.version = agent.version;
  }
  if (browser.name == "DuckDuckGo Privacy Browser") browser.version = "";
  if (browser.engine != kBlink || browser.name == "Iridium") return;
  if (compare_versions(browser.engine_version, hint.version) < 0) {
    browser.engine_version = hint.version;
  }
  if (compare_versions(agent.engine_version, hint.engine_version) < 0) {
    browser.engine_version = hint.engine_version;
  }
}

// Browsers that only claim to be others, and engines that nobody says aloud.
void correct(ClientFound& browser) {
  const auto become = [&browser](std::string_view family) {
    browser.family = family;
    browser.engine = kBlink;
    browser.engine_version = "";
  };
  if (browser.name == "Flow Browser" && browser.engine == kBlink) browser.engine_version = "";
  if (browser.name == "Every Browser") become("Chrome");
  if (browser.name == "TV-Browser Internet" && browser.engine == "Gecko") become("Chrome");
  if (is_one_of(browser.name, {"Yaani Browser", "Wolvic"})) {
    if (browser.engine == kBlink) browser.family = "Chrome";
    if (browser.engine == "Gecko") browser.family = "Firefox";
  }
}

// The app that asks, by X-Requested-With.
void take_app(const Detectors& known, std::string_view app, Subject& subject,
              ClientFound& browser) {
  const auto name = known.tables.hint_browsers.find(app);
  if (name.data() == nullptr || name == browser.name) return;
  browser.name = name;
  browser.version = "";
  const Named* named = known.tables.browsers.find(name);
  browser.short_name = named == nullptr ? "" : known.database.text(named->short_name);
  if (subject.matches(Heuristic::kBlinkFrame)) {
    browser.engine = kBlink;
    browser.family = named == nullptr || !named->family.present()
                         ? "Chrome"
                         : known.database.text(named->family);
    browser.engine_version = find_engine_version(kBlink, subject);
  }
}

}  // namespace

ClientFound find_browser(const Detectors& known, const ClientHints& hints, Subject& subject,
                         Arena& arena) {
  const ClientFound agent = from_user_agent(known, subject, arena);
  ClientFound browser = agent;
  ClientFound hinted;
  if (browser_from_hints(known, hints, arena, hinted) && !is_empty(hinted.version)) {
    browser = hinted;
    merge(known, agent, browser);
  }
  if (const Named* named = known.tables.browsers.find_short(browser.short_name)) {
    browser.family = known.database.text(named->family);
  }
  take_app(known, hints.app(), subject, browser);
  const auto text = subject.text();
  if (is_empty(browser.name) || text.find("Cypress") != std::string_view::npos ||
      text.find("PhantomJS") != std::string_view::npos) {
    return {};
  }
  correct(browser);
  browser.type = ClientType::kBrowser;
  return browser;
}

bool is_mobile_only(const Detectors& known, const ClientFound& client) {
  if (client.type != ClientType::kBrowser) return false;
  const Named* named = known.tables.browsers.find_short(client.short_name);
  return named != nullptr && named->mobile_only;
}

}  // namespace rs::device
