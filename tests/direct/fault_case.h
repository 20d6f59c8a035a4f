#pragma once
// Cases of the fault matrix as data: faults on command, and what must hold in both modes.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "direct/direct_run.h"

namespace rs::direct {

struct FaultCase {
  std::string name;
  std::vector<std::string> faults;  // JSON, fakes/bigquery/fault.h.
  Expected expected{};
  std::function<void(RunOptions&)> options{};
  std::set<std::size_t> bad{};  // Of 200 rows in batches of 10.
};

using FaultParam = std::pair<BigQueryDelivery, FaultCase>;

inline auto both_modes() {
  return testing::Values(BigQueryDelivery::kAtLeastOnce, BigQueryDelivery::kExactlyOnce);
}

inline std::string name_of_mode(const testing::TestParamInfo<BigQueryDelivery>& info) {
  return info.param == BigQueryDelivery::kExactlyOnce ? "ExactlyOnce" : "AtLeastOnce";
}

inline auto faults_in_both_modes(const std::vector<FaultCase>& cases) {
  std::vector<FaultParam> all;
  for (const auto& each : cases) {
    all.emplace_back(BigQueryDelivery::kAtLeastOnce, each);
    all.emplace_back(BigQueryDelivery::kExactlyOnce, each);
  }
  return testing::ValuesIn(all);
}

inline std::string name_of_case(const testing::TestParamInfo<FaultParam>& info) {
  return info.param.second.name +
         (info.param.first == BigQueryDelivery::kExactlyOnce ? "ExactlyOnce" : "AtLeastOnce");
}

class Fault : public testing::TestWithParam<FaultParam> {};

}  // namespace rs::direct
