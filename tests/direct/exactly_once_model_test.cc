// Exactly once under faults at random, processes killed at random points included (model_run.h).
// RS_MODEL_RUNS=2000 for a long run, RS_MODEL_SEED=17 for one that has failed.
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "direct/model_run.h"
#include "obs/log.h"

namespace rs::direct {
namespace {

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(ExactlyOnceModel, StoresEachAcknowledgedRowOnceWhateverFails) {
  if (std::getenv("RS_MODEL_SEED") != nullptr) {
    obs::log_to(stdout, obs::LogFormat::kReadable, obs::Level::kDebug);
  }
  const auto first = number_from("RS_MODEL_SEED", 1);
  const auto runs = number_from("RS_MODEL_RUNS", std::getenv("RS_MODEL_SEED") ? 1 : 16);
  for (auto seed = first; seed < first + runs && !HasFailure(); ++seed) {
    SCOPED_TRACE("RS_MODEL_SEED=" + std::to_string(seed));
    ModelRun(seed).run();
  }
}

}  // namespace
}  // namespace rs::direct
