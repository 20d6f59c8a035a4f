#include "device/system.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "device/match.h"
#include "device/system_hints.h"
#include "device/system_platform.h"

namespace rs::device {
namespace {

// "UNK" in Matomo; no list of families has it.
constexpr std::string_view kUnknownShort = "UNK";

std::string_view family_of_short(const Detectors& known, std::string_view short_name) {
  const Named* named = known.tables.systems.find_short(short_name);
  return named == nullptr ? std::string_view() : known.database.text(named->family);
}

// Null data() for a name that belongs to none.
std::string_view family_of(const Detectors& known, std::string_view name) {
  const Named* named = known.tables.systems.find_exact(name);
  return named == nullptr ? family_of_short(known, name) : known.database.text(named->family);
}

void set_name(const Detectors& known, std::string_view name, SystemFound& system) {
  const Named* named = known.tables.systems.find(name);
  system.name = named == nullptr ? name : known.database.text(named->name);
  system.short_name = named == nullptr ? kUnknownShort : known.database.text(named->short_name);
}

SystemFound from_user_agent(const Detectors& known, Subject& subject, Arena& arena) {
  SystemFound system{"", "", "", {}, {}};
  const auto index = subject.first(List::kSystems);
  if (index == kNoMatch) return system;
  const System& record = known.database.records<System>(Section::kSystems)[index];
  set_name(known, build_text(known.database.text(record.name), subject.captures(), arena), system);
  if (record.version.present()) {
    system.version = build_version(known.database.text(record.version), subject.captures(), arena);
  }
  if (record.versions.count == 0) return system;
  const auto detail = subject.first(List::kSystemVersions, record.versions);
  if (detail == kNoMatch) return system;
  const auto& version = known.database.records<SystemVersion>(Section::kSystemVersions)[detail];
  if (version.name.present()) {
    set_name(known, build_text(known.database.text(version.name), subject.captures(), arena),
             system);
  }
  if (version.version.present()) {
    system.version = build_version(known.database.text(version.version), subject.captures(), arena);
  }
  return system;
}

// What Fire OS and Lineage OS call an Android version: by the whole, else by its first number.
std::string_view own_version(const TextTable& versions, std::string_view android) {
  auto found = versions.find(android);
  if (found.data() == nullptr) {
    std::size_t end = 0;
    while (end < android.size() && android[end] >= '0' && android[end] <= '9') ++end;
    auto major = android.substr(0, end);
    while (major.size() > 1 && major[0] == '0') major.remove_prefix(1);
    found = versions.find(major.empty() ? "0" : major);
  }
  return found.data() == nullptr ? "" : found;
}

// Hints that name a system win; the user agent may know it in more detail.
void merge(const Detectors& known, const SystemFound& agent, SystemFound& system) {
  const SystemFound hint = system;
  const auto agent_family = family_of(known, agent.name);
  const auto hint_family = family_of(known, hint.name);
  if (is_empty(system.version) && hint_family == agent_family) system.version = agent.version;
  if (system.name == "Windows" && system.version == "0.0.0") {
    system.version = agent.version == "10" ? "" : agent.version;
  }
  if (system.name == "Puffin OS") system.version = agent.version;
  if (agent_family == system.name && agent.name != system.name) {
    system.name = agent.name;
    if (system.name == "LeafOS" || system.name == "HarmonyOS") system.version = "";
    if (system.name == "PICO OS") system.version = agent.version;
    if (system.name == "Fire OS" && !is_empty(hint.version)) {
      system.version = own_version(known.tables.fire_os_versions, system.version);
    }
  }
  const auto take_agent = [&] {
    system.name = agent.name;
    system.short_name = agent.short_name;
  };
  if (system.name == "GNU/Linux" && agent.name == "Chrome OS" && hint.version == agent.version) {
    take_agent();
  }
  if (system.name == "Android" && agent.name == "Chrome OS") {
    take_agent();
    system.version = "";
  }
  if (system.name == "GNU/Linux" && agent.name == "Meta Horizon") take_agent();
}

// Apps that run on one system only, whatever the user agent says.
void correct_by_app(const Detectors& known, std::string_view app, SystemFound& system) {
  constexpr std::array<std::string_view, 4> kAndroidApps = {
      "com.hisense.odinbrowser", "com.seraphic.openinet.pre", "com.appssppa.idesktoppcbrowser",
      "every.browser.inc"};
  const auto become = [&system](std::string_view name, std::string_view version) {
    system.name = name;
    system.family = "Android";
    system.version = version;
  };
  if (system.name != "Android" &&
      std::find(kAndroidApps.begin(), kAndroidApps.end(), app) != kAndroidApps.end()) {
    become("Android", "");
  }
  if (app == "org.lineageos.jelly" && system.name != "Lineage OS") {
    become("Lineage OS", own_version(known.tables.lineage_os_versions, system.version));
  }
  if (app == "org.mozilla.tv.firefox" && system.name != "Fire OS") {
    become("Fire OS", own_version(known.tables.fire_os_versions, system.version));
  }
}

}  // namespace

bool find_system(const Detectors& known, const ClientHints& hints, Subject& subject, Arena& arena,
                 SystemFound& found) {
  const SystemFound agent = from_user_agent(known, subject, arena);
  SystemFound system{"", "", "", {}, {}};
  if (system_from_hints(known, hints, arena, system)) {
    merge(known, agent, system);
  } else if (!is_empty(agent.name)) {
    system = agent;
  } else {
    return false;
  }
  system.platform = find_platform(hints, subject);
  system.family = family_of_short(known, system.short_name);
  if (hints.present()) correct_by_app(known, hints.app(), system);
  if (const Named* named = known.tables.systems.find_exact(system.name)) {
    system.short_name = known.database.text(named->short_name);
  }
  found = system;
  return true;
}

}  // namespace rs::device
