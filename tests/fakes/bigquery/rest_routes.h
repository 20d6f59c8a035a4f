#pragma once
// The REST side's routes by subject; rest_handler.cc chooses among them.

#include <cstddef>
#include <map>
#include <string>

#include "fakes/bigquery/core.h"
#include "fakes/bigquery/rest_request.h"

namespace rs::fakes {

// /bigquery/v2/projects/P/datasets...: datasets, tables and tables/T/data.
[[nodiscard]] RestReply serve_datasets(Core& core, const RestRequest& request);

// Rows [start, start + count) of a table as tabledata.list and queries give them.
[[nodiscard]] Json row_cells(Core& core, const TableName& name, std::size_t start,
                             std::size_t count, bool integer_timestamps);

// One query that was asked for; its result is made when it is fetched.
struct Query {
  TableName table;
  bool counts = false;  // SELECT COUNT(*), else SELECT *.
  std::string column = "f0_";
  std::size_t limit = static_cast<std::size_t>(-1);
};

// /bigquery/v2/projects/P/{jobs,queries}...: SELECT * and SELECT COUNT(*) of one table.
class Jobs {
 public:
  [[nodiscard]] RestReply serve(Core& core, const RestRequest& request);

 private:
  ApiResult<std::string> start(Core& core, const std::string& project, const Json& configuration);
  RestReply results(Core& core, const RestRequest& request, const std::string& id,
                    bool integer_timestamps);

  std::map<std::string, Query> queries_;  // By job id.
};

// POST /token and its like: every kind of credential gets a token.
[[nodiscard]] RestReply serve_token(Core& core, const RestRequest& request);

// /fake/...: what a test or a person asks of the fake itself.
[[nodiscard]] RestReply serve_control(Core& core, const RestRequest& request);

}  // namespace rs::fakes
