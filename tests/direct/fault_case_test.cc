#include "direct/fault_case.h"

namespace rs::direct {

// Twenty batches with the faults of the case on their way.
TEST_P(Fault, LeavesEveryRowWhereItBelongs) {
  const auto& [mode, given] = GetParam();
  RunOptions options{.delivery = mode};
  if (given.options) given.options(options);
  DirectRun run(options);
  for (const auto& fault : given.faults) run.fault(fault);
  run.post(200, given.bad);
  run.check(given.expected);
  EXPECT_EQ(run.fake().stats().faults.empty(), given.faults.empty()) << "the fault did not happen";
}

}  // namespace rs::direct
