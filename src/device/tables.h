#pragma once
// The database's tables with what finds their rows. Built when the program starts (well under a
// millisecond), immutable, shared by all threads.

#include "device/database.h"
#include "device/names.h"

namespace rs::device {

struct Tables {
  explicit Tables(const Database& database)
      : systems(database, Section::kSystemNames),
        browsers(database, Section::kBrowserNames),
        hint_apps(database, Section::kHintApps),
        hint_browsers(database, Section::kHintBrowsers),
        fire_os_versions(database, Section::kFireOsVersions),
        lineage_os_versions(database, Section::kLineageOsVersions) {}

  NamedTable systems, browsers;
  TextTable hint_apps, hint_browsers;
  TextTable fire_os_versions, lineage_os_versions;
};

// What every step of a detection needs.
struct Detectors {
  const Database& database;
  const Tables& tables;
};

}  // namespace rs::device
