#include "sink/local_sink.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "row/columns.h"
#include "sink/chunk_writer.h"
#include "sink/duckdb_error.h"

namespace rs::sink {

// One connection with an appender, kept from batch to batch: making an appender costs more than
// appending a few rows.
struct LocalSink::Table {
  Table(std::unique_ptr<LocalSession> session_, DuckdbAppender appender_, ChunkWriter writer_)
      : session(std::move(session_)), appender(std::move(appender_)), writer(std::move(writer_)) {}

  std::unique_ptr<LocalSession> session;
  DuckdbAppender appender;
  ChunkWriter writer;
};

namespace {

Result<ChunkLayout> layout_of(duckdb_connection connection, std::string_view path) {
  DuckdbResult described;
  if (duckdb().query(connection, "SELECT * FROM events LIMIT 0", described.get()) !=
      DuckDBSuccess) {
    return tl::unexpected(duckdb_error(duckdb().result_error_type(described.get()),
                                       duckdb().result_error(described.get()), path));
  }
  return ChunkLayout::create(row::columns(), described.get());
}

Error appender_error(duckdb_appender appender, std::string_view path) {
  const DuckdbErrorData data(duckdb().appender_error_data(appender));
  const char* message = duckdb().error_data_message(data.get());
  return duckdb_error(duckdb().error_data_error_type(data.get()),
                      message == nullptr ? "unknown error" : message, path);
}

}  // namespace

LocalSink::LocalSink(std::string data_dir) : store_(std::move(data_dir)) {}
LocalSink::~LocalSink() {
  close();
}

Result<void> LocalSink::open() {
  table_.reset();
  if (const auto opened = store_.open(); !opened) return opened;
  RS_TRY(auto session, store_.connect());
  RS_TRY(auto layout, layout_of(session->connection(), store_.path()));
  DuckdbAppender appender;
  if (duckdb().appender_create(session->connection(), nullptr, "events", appender.out()) !=
      DuckDBSuccess) {
    return tl::unexpected(appender_error(appender.get(), store_.path()));
  }
  table_ = std::make_unique<Table>(std::move(session), std::move(appender),
                                   ChunkWriter(std::move(layout)));
  return {};
}

void LocalSink::close() {
  table_.reset();
  store_.close();
}

void LocalSink::write(const row::Batch& batch, WriteDone done) {
  if (table_ == nullptr) {
    // Whatever keeps the file from opening again, the batch must wait for it.
    if (auto opened = open(); !opened) {
      return done(tl::unexpected(Error{ErrorCode::kUnavailable, opened.error().message}));
    }
  }
  auto result = store_batch(batch);
  if (!result) {
    // DuckDB refuses everything after some errors of the file ("database has been invalidated"),
    // and the appender keeps rows after any: both start anew.
    table_.reset();
    store_.close();
  }
  done(std::move(result));
}

WriteResult LocalSink::store_batch(const row::Batch& batch) {
  std::vector<Rejected> rejected;
  const std::string& path = store_.path();
  duckdb_connection connection = table_->session->connection();
  const auto begun = execute(connection, "BEGIN", path);
  if (!begun) return tl::unexpected(begun.error());

  ChunkWriter& writer = table_->writer;
  duckdb_appender appender = table_->appender.get();
  const auto append = [&] {
    const bool done = duckdb().append_data_chunk(appender, writer.chunk()) == DuckDBSuccess &&
                      duckdb().appender_flush(appender) == DuckDBSuccess;
    writer.clear();
    return done;
  };
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (const auto why = writer.add(batch[i]); !why.empty()) {
      rejected.push_back({i, std::string(why)});
    }
    if (writer.full() && !append()) return tl::unexpected(appender_error(appender, path));
  }
  if (!writer.empty() && !append()) return tl::unexpected(appender_error(appender, path));
  const auto committed = execute(connection, "COMMIT", path);
  if (!committed) return tl::unexpected(committed.error());
  return rejected;
}

}  // namespace rs::sink
