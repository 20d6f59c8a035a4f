#include "duckdb/sink.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "duckdb/batch_table.h"
#include "duckdb/chunk_writer.h"
#include "duckdb/error.h"
#include "row/columns.h"

namespace rs::duckdb {

// Kept from batch to batch: planning the insert costs more than inserting a few rows.
struct LocalSink::Table {
  std::unique_ptr<LocalSession> session;
  DuckdbPrepared insert;
  ChunkWriter writer;
};

namespace {

tl::unexpected<Error> failed(duckdb_result* result, std::string_view path) {
  const char* message = library().result_error(result);
  return tl::unexpected(duckdb_error(library().result_error_type(result),
                                     message == nullptr ? "unknown error" : message, path));
}

}  // namespace

LocalSink::LocalSink(std::string data_dir, LocalStoreLimits limits)
    : store_(std::move(data_dir), limits) {}
LocalSink::~LocalSink() {
  close();
}

Result<void> LocalSink::open() {
  table_.reset();
  if (auto opened = store_.open(); !opened) return opened;
  RS_TRY(auto session, store_.connect());
  duckdb_connection connection = session->connection();
  DuckdbResult described;
  if (library().query(connection, "SELECT * FROM events LIMIT 0", described.get()) !=
      DuckDBSuccess) {
    return failed(described.get(), store_.path());
  }
  RS_TRY(auto layout, ChunkLayout::create(row::columns(), described.get()));
  if (auto added = add_incoming_rows(connection, described.get()); !added) return added;
  DuckdbPrepared insert;
  if (library().prepare(connection, "INSERT INTO events SELECT * FROM incoming_rows()",
                        insert.out()) != DuckDBSuccess) {
    return fail(ErrorCode::kInternal, library().prepare_error(insert.get()));
  }
  table_ = std::make_unique<Table>(
      Table{std::move(session), std::move(insert), ChunkWriter(std::move(layout))});
  release_start_pages();
  return {};
}

void LocalSink::close() {
  let_go();
}

void LocalSink::write(const row::Batch& batch, sink::WriteDone done) {
  if (progress_.batch != &batch) progress_ = {&batch, 0, {}};
  auto stored = store_batch();
  if (stored) {
    progress_.batch = nullptr;
    return done(std::move(progress_.rejected));
  }
  // After some errors of the file DuckDB refuses everything ("database has been invalidated"): it
  // is opened anew by the next write.
  let_go();
  done(tl::unexpected(std::move(stored).error()));
}

Result<void> LocalSink::store_batch() {
  if (table_ == nullptr) {
    // Whatever keeps the file from opening again, the batch must wait for it.
    if (auto opened = open(); !opened) {
      return fail(ErrorCode::kUnavailable, std::move(opened).error().message);
    }
  }
  // Before a transaction: one that comes on top of what a failed checkpoint has left would only
  // make it fail again.
  while (progress_.next < progress_.batch->size()) {
    if (auto done = store_.checkpoint_if_due(*table_->session); !done) return done;
    if (auto stored = store_part(); !stored) return stored;
  }
  return {};
}

// One transaction.
Result<void> LocalSink::store_part() {
  const std::string& path = store_.path();
  duckdb_connection connection = table_->session->connection();
  if (auto begun = execute(connection, "BEGIN", path); !begun) return begun;
  BatchReading reading(*progress_.batch, progress_.next, store_.limits().commit_weight(),
                       table_->writer);
  const std::size_t weight = table_->writer.weight();
  DuckdbResult inserted;
  if (library().execute_prepared(table_->insert.get(), inserted.get()) != DuckDBSuccess) {
    return failed(inserted.get(), path);
  }
  if (const auto rows = library().rows_changed(inserted.get()); rows != reading.given()) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("{}: {} rows of {} were inserted", path, rows, reading.given()));
  }
  if (auto committed = execute(connection, "COMMIT", path); !committed) return committed;
  store_.committed(reading.given(), table_->writer.weight() - weight);
  progress_.next = reading.next();
  for (auto& rejected : reading.take_rejected()) progress_.rejected.push_back(std::move(rejected));
  return {};
}

void LocalSink::let_go() {
  table_.reset();
  store_.close();
}

}  // namespace rs::duckdb
