#include "device/browser_engine.h"

#include <algorithm>

#include "device/heuristics.h"
#include "device/match.h"
#include "device/version_compare.h"

namespace rs::device {

std::string_view find_engine(const Detectors& known, const Browser& browser,
                             std::string_view version, Subject& subject) {
  std::string_view engine =
      browser.engine.present() ? known.database.text(browser.engine) : std::string_view("");
  for (const EngineStep& step : known.database.records<EngineStep>(Section::kEngineSteps)
                                    .subspan(browser.engines.first, browser.engines.count)) {
    if (compare_versions(version, known.database.text(step.version)) >= 0) {
      engine = known.database.text(step.engine);
    }
  }
  if (!is_empty(engine)) return engine;
  const auto index = subject.first(List::kEngines);
  if (index == kNoMatch) return "";
  return known.database.text(known.database.records<Engine>(Section::kEngines)[index].name);
}

std::string_view find_engine_version(std::string_view engine, Subject& subject) {
  if (engine.empty()) return "";
  if ((engine == "Gecko" || engine == "Clecko") &&
      subject.matches_alone(List::kEngineVersions, 0)) {
    return subject.captures()[subject.captures().count() - 1];
  }
  const auto* words = std::find_if(kEngineWords.begin(), kEngineWords.end(),
                                   [engine](const auto& row) { return row.engine == engine; });
  if (words == kEngineWords.end()) return "";
  const auto index = static_cast<std::uint32_t>(words - kEngineWords.begin()) + 1;
  if (!subject.matches_alone(List::kEngineVersions, index)) return "";
  return subject.captures()[subject.captures().count() - 1];
}

}  // namespace rs::device
