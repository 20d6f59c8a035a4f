#pragma once
// Turns the chunks of a result into text of one format.
//   begin --> rows, rows ... --> end
// Text is appended to the string given; the caller takes it away now and then. Not thread-safe.
// Only .cc files of this folder include this header.

#include <memory>
#include <string>
#include <vector>

#include "query/format.h"
#include "query/value_text.h"

namespace rs::query {

struct ResultColumn {
  std::string name;
  ValueText value;
};

class ResultWriter {
 public:
  explicit ResultWriter(std::vector<ResultColumn> columns) : columns_(std::move(columns)) {}
  virtual ~ResultWriter() = default;
  virtual void begin(std::string&) {}
  virtual void rows(std::string& out, duckdb_data_chunk chunk) = 0;
  virtual void end(std::string& out) = 0;

 protected:
  const std::vector<ResultColumn> columns_;
};

std::unique_ptr<ResultWriter> make_json_writer(std::vector<ResultColumn> columns);
std::unique_ptr<ResultWriter> make_csv_writer(std::vector<ResultColumn> columns);
// What EXPLAIN returns, for people: a drawing of several lines.
std::unique_ptr<ResultWriter> make_plan_writer(std::vector<ResultColumn> columns);
// The first thousand rows decide how wide columns are. Control characters become '?': texts come
// from strangers, and terminals obey escape sequences.
std::unique_ptr<ResultWriter> make_table_writer(std::vector<ResultColumn> columns,
                                                std::size_t width_max);

}  // namespace rs::query
