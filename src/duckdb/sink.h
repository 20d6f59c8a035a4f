#pragma once
// Rows into DATA_DIR/events.duckdb, table `events`: the sink that needs nothing but a disk.
// A batch is one transaction, or several when its rows are large. All are committed, and synced by
// DuckDB, before done() is called, which happens before write() returns (with checkpoints in
// between, now and then: up to a second).
// CPU a row, for batches of 20,480 rows: 15 us; 5,000: 28 us; 500: 70 us; one row: 11 ms. More than
// 10,240 go straight to the file, fewer to its log first.
// Not thread-safe (Delivery calls from one thread), apart from store(), whose sessions are.

#include <memory>
#include <string>
#include <vector>

#include "duckdb/store.h"
#include "sink/sink.h"

namespace rs::duckdb {

class LocalSink final : public sink::Sink {
 public:
  explicit LocalSink(std::string data_dir, LocalStoreLimits limits = {});
  ~LocalSink() override;

  [[nodiscard]] std::string_view name() const override { return "local"; }
  [[nodiscard]] std::size_t window() const override { return 1; }
  Result<void> open() override;
  void write(const row::Batch& batch, sink::WriteDone done) override;
  void close() override;

  // What queries are run on while the sink is open. Lives as long as the sink.
  [[nodiscard]] LocalStore& store() { return store_; }

 private:
  struct Table;  // The table, open for appending.

  // Of a batch that is being stored, what is committed. A batch that failed comes again.
  struct Progress {
    const row::Batch* batch = nullptr;
    std::size_t next = 0;  // The first row that is not committed.
    std::vector<sink::Rejected> rejected;
  };

  Result<void> store_batch();
  Result<void> store_part();
  void let_go();

  LocalStore store_;
  std::unique_ptr<Table> table_;  // Null when closed, and after an error of the file.
  Progress progress_;
};

}  // namespace rs::duckdb
