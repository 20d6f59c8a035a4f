#pragma once
// A batch as a table, for INSERT INTO events SELECT * FROM incoming_rows(): the rows are decoded
// straight into the vectors that DuckDB stores. Against DuckDB's appender this saves a copy of
// every value, and the planning of each insert, as the statement is prepared once.
// Only .cc files of this folder include this header.

#include <cstddef>
#include <utility>
#include <vector>

#include "base/result.h"
#include "duckdb/chunk_writer.h"
#include "duckdb/handle.h"
#include "row/batch.h"
#include "sink/sink.h"

namespace rs::duckdb {

// Makes the table function in the database of `connection`. `described` is a result with all
// columns of the table: SELECT * FROM events LIMIT 0. The function has rows only on a thread on
// which a BatchReading lives; anywhere else it fails.
Result<void> add_incoming_rows(duckdb_connection connection, duckdb_result* described);

// Says what incoming_rows() is while it lives, on this thread. One at a time.
// Rows of `batch` from `first` on, until their weight (ChunkWriter) passes `weight_max`: what one
// transaction may take of memory. At least one row.
class BatchReading {
 public:
  BatchReading(const row::Batch& batch, std::size_t first, std::size_t weight_max,
               ChunkWriter& writer);
  ~BatchReading();
  BatchReading(const BatchReading&) = delete;
  BatchReading& operator=(const BatchReading&) = delete;

  // For the table function: the next rows, none at the end.
  void fill(duckdb_data_chunk chunk);

  // The first row of the batch that was not looked at, and how many rows DuckDB was given: to be
  // compared with what it says it stored.
  [[nodiscard]] std::size_t next() const { return next_; }
  [[nodiscard]] std::size_t given() const { return given_; }
  [[nodiscard]] std::vector<sink::Rejected> take_rejected() { return std::move(rejected_); }

 private:
  const row::Batch& batch_;
  ChunkWriter& writer_;
  const std::size_t weight_end_;
  std::size_t next_, given_ = 0;
  std::vector<sink::Rejected> rejected_;
};

}  // namespace rs::duckdb
