#include "device/system_hints.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "device/match.h"

namespace rs::device {
namespace {

// What browsers call systems that Matomo's table calls otherwise (OperatingSystem.php,
// clientHintMapping).
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kOtherNames = {{
    {"Linux", "GNU/Linux"},
    {"MacOS", "Mac"},
    {"Mac OS X", "Mac"},
    {"MacIntel", "Mac"},
    {"Cloud Phone 2.4", "Puffin OS"},
    {"Win32", "Windows"},
}};

std::string_view table_name(std::string_view platform) {
  const auto* other = std::find_if(kOtherNames.begin(), kOtherNames.end(), [&](const auto& pair) {
    return equals_ignoring_case(pair.first, platform);
  });
  return other == kOtherNames.end() ? platform : other->second;
}

// PHP's (int): leading blanks, a sign, digits; else 0. Large numbers stay large.
long leading_number(std::string_view text) {
  const auto blanks = text.find_first_not_of(" \t\n\r\v\f");
  text = text.substr(std::min(blanks, text.size()));
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  long value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9' || value > 1'000'000'000'000) break;
    value = value * 10 + (c - '0');
  }
  return is_negative ? -value : value;
}

// The version of the Windows API to the version of Windows
// (learn.microsoft.com/microsoft-edge/web-platform/how-to-detect-win11).
std::string_view windows_version(std::string_view version) {
  const auto dot = version.find('.');
  const long major = leading_number(version.substr(0, dot));
  if (major == 0) {
    const auto minor =
        leading_number(dot == std::string_view::npos ? "0" : version.substr(dot + 1));
    return minor == 1 ? "7" : minor == 2 ? "8" : minor == 3 ? "8.1" : version;
  }
  return major > 10 ? "11" : major > 0 ? "10" : version;
}

}  // namespace

bool system_from_hints(const Detectors& known, const ClientHints& hints, Arena& arena,
                       SystemFound& system) {
  if (hints.platform().empty()) return false;
  const Named* named = known.tables.systems.find_nearly(table_name(hints.platform()));
  if (named == nullptr) return false;
  system.name = known.database.text(named->name);
  system.short_name = known.database.text(named->short_name);
  auto version = hints.platform_version();
  if (system.name == "Windows") {
    version = windows_version(version);
  } else if (version != "0.0.0" && leading_number(version) == 0) {
    version = "";
  }
  system.version = build_version(version.empty() ? "" : version, Captures(), arena);
  return true;
}

}  // namespace rs::device
