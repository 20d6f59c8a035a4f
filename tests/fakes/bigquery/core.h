#pragma once
// What the REST and the gRPC side of the fake share. Every part is thread-safe by itself.

#include <atomic>
#include <cstdint>
#include <utility>

#include "fakes/bigquery/answer_gate.h"
#include "fakes/bigquery/catalog.h"
#include "fakes/bigquery/fake_bigquery.h"
#include "fakes/bigquery/fault_plan.h"
#include "fakes/bigquery/observed.h"
#include "fakes/bigquery/timer.h"
#include "fakes/bigquery/tokens.h"

namespace rs::fakes {

struct Core {
  explicit Core(FakeBigQueryOptions chosen)
      : options(std::move(chosen)),
        catalog(options.fresh_table_denials),
        faults(options.seed),
        tokens(options.token_lifetime) {}

  const FakeBigQueryOptions options;
  Catalog catalog;
  FaultPlan faults;
  Observed observed;
  Tokens tokens;
  AnswerGate gate;
  std::atomic<std::uint64_t> connections{0};
  Timer timer;  // Last: its thread ends first.
};

[[nodiscard]] inline FakeBigQueryStats stats_of(const Core& core) {
  FakeBigQueryStats stats = core.observed.stats();
  stats.faults = core.faults.done();
  return stats;
}

}  // namespace rs::fakes
