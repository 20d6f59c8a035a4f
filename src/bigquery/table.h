#pragma once
// The destination table: made when it is missing, given the columns it lacks, refused when a column
// has another type. Any number of programs may do so at once: all end with one table. Waits for
// answers, and up to a few seconds while others change the table; not for gRPC's threads.

#include <memory>
#include <random>
#include <stop_token>

#include "base/result.h"
#include "bigquery/settings.h"
#include "google/rest_client.h"

namespace rs::bigquery {

class BigQueryTable {
 public:
  BigQueryTable(const BigQuerySettings& settings, std::shared_ptr<google::TokenSource> tokens);

  // An Error is retryable when the service cannot be reached or is busy, or was not waited for
  // because of `stop`; any other says what a person has to do.
  [[nodiscard]] Result<void> ensure(const std::stop_token& stop = {});

 private:
  enum class Step { kDone, kAgain };

  Result<Step> step(const std::stop_token& stop);
  Result<Step> create(const std::stop_token& stop);
  Result<Step> compare(const google::Json& table, const std::stop_token& stop);
  [[nodiscard]] Error explain(const google::RestError& error, std::string_view doing) const;

  const BigQuerySettings settings_;
  const google::RestClient rest_;
  const std::string tables_path_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace rs::bigquery
