#pragma once
// What the fake holds: datasets, tables with their rows, write streams. Thread-safe: one mutex,
// held for moments; rows are checked before and rendered after.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "fakes/bigquery/fake_bigquery.h"
#include "fakes/bigquery/json.h"
#include "fakes/bigquery/row_reader.h"
#include "fakes/bigquery/schema.h"
#include "fakes/bigquery/write_error.h"

namespace rs::fakes {

// What REST says no with; bigquery.md 4 lists the reasons.
struct ApiError {
  int status = 400;
  std::string reason, message;
};
template <class T>
using ApiResult = tl::expected<T, ApiError>;

[[nodiscard]] inline tl::unexpected<ApiError> refuse(int status, std::string reason,
                                                     std::string message) {
  return tl::unexpected(ApiError{status, std::move(reason), std::move(message)});
}

// The rows of one append. Immutable once stored.
struct StoredRows {
  std::shared_ptr<const RowReader> reader;
  std::shared_ptr<const DefaultColumns> defaults;
  std::int64_t time = 0;  // Of storing, in microseconds since 1970.
  std::size_t count = 0;
  std::vector<std::string> rows;  // KeptRows::kAll: encoded; kIds: their ids; kNone: empty.
};
using RowChunks = std::vector<std::shared_ptr<const StoredRows>>;

enum class StreamType : std::uint8_t { kDefault = 0, kCommitted = 1, kPending = 2, kBuffered = 3 };

struct StreamInfo {
  std::string name;
  TableName table;
  StreamType type = StreamType::kDefault;
  std::int64_t created = 0, committed = 0;  // Microseconds since 1970; 0: not.
  std::string location;
  std::shared_ptr<const TableShape> shape;
};

// The table an append goes to, as the write side knows it.
struct WriteTarget {
  std::uint64_t incarnation = 0;  // Another one: the table was dropped and made anew.
  std::shared_ptr<const TableShape> shape;
  std::string location;
};

// "projects/P/datasets/D/tables/T" and what follows: "streams/S", "_default" or "".
struct StreamName {
  TableName table;
  std::string stream;  // "_default" for the default stream.
  [[nodiscard]] bool is_default() const { return stream == "_default"; }
};
[[nodiscard]] std::optional<StreamName> parse_stream_name(std::string_view name);
[[nodiscard]] std::string table_path(const TableName& name);  // "projects/P/datasets/D/tables/T"
[[nodiscard]] std::string table_id(const TableName& name);    // "P:D.T"

class TableStore;

class Catalog {
 public:
  explicit Catalog(unsigned fresh_table_denials) : fresh_table_denials_(fresh_table_denials) {}

  // Takes over what the store holds, and keeps it up to date from now on. Before anything else; the
  // store outlives the catalog.
  Result<void> restore(TableStore& store, std::string_view id_column);

  // REST. Resources as the server answers with them.
  ApiResult<Json> insert_dataset(const std::string& project, Json body);
  ApiResult<Json> get_dataset(const std::string& project, const std::string& dataset) const;
  [[nodiscard]] Json list_datasets(const std::string& project) const;
  ApiResult<void> delete_dataset(const std::string& project, const std::string& dataset);
  ApiResult<Json> insert_table(const std::string& project, const std::string& dataset, Json body);
  ApiResult<Json> get_table(const TableName& name) const;
  ApiResult<Json> list_tables(const std::string& project, const std::string& dataset) const;
  // `if_match` is an etag, "*" or "".
  ApiResult<Json> patch_table(const TableName& name, Json body, std::string_view if_match);
  ApiResult<void> delete_table(const TableName& name);

  // Rows that can be seen.
  [[nodiscard]] RowChunks rows(const TableName& name) const;
  [[nodiscard]] std::uint64_t row_count(const TableName& name) const;

  void hold_schema_changes(bool hold);

  // The write side. Counts down the denials of a new table.
  WriteResult<WriteTarget> open_table(const TableName& name);
  // The same without counting: for a connection that is open.
  WriteResult<WriteTarget> find_table(const TableName& name) const;
  WriteResult<StreamInfo> create_stream(const TableName& name, StreamType type);
  WriteResult<StreamInfo> get_stream(const std::string& name) const;
  // From now on `connection` alone may append to the stream.
  WriteResult<void> claim_stream(const std::string& name, std::uint64_t connection);
  // Whether `offset` is where the stream ends; -1 is always right.
  WriteResult<void> check_offset(const std::string& name, std::uint64_t connection,
                                 std::int64_t offset) const;
  // Stores, and returns the offset of the first row; -1 for the default stream.
  WriteResult<std::int64_t> append(const std::string& name, std::uint64_t connection,
                                   std::int64_t offset, StoredRows rows);
  WriteResult<std::int64_t> finalize_stream(const std::string& name);  // Rows in it.
  WriteResult<std::int64_t> flush_rows(const std::string& name, std::int64_t offset);
  // Commits all of the streams or none; the errors say why. Returns the time.
  WriteResult<std::int64_t> commit_streams(const TableName& table,
                                           const std::vector<std::string>& names,
                                           std::vector<WriteError>& errors);
  [[nodiscard]] std::vector<std::string> streams() const;

 private:
  struct Table {
    Json resource;
    std::uint64_t incarnation = 0;
    std::shared_ptr<const TableShape> shape;        // As REST knows it.
    std::shared_ptr<const TableShape> write_shape;  // As the write side does.
    unsigned denials = 0;
    RowChunks rows;
    std::uint64_t row_count = 0;
  };
  struct Stream {
    StreamInfo info;
    std::uint64_t incarnation = 0;
    std::uint64_t owner = 0;  // The connection that may append.
    std::int64_t rows = 0;
    std::int64_t flushed = 0;
    bool finalized = false;
    RowChunks waiting;  // Not visible yet.
  };

  // Of a table that is new, or as it may become.
  ApiResult<std::shared_ptr<const TableShape>> read_shape(const TableName& name, Json& resource)
      REQUIRES(mutex_);
  void stamp(const TableName& name, Table& table) REQUIRES(mutex_);
  [[nodiscard]] Json describe(const Table& table) const REQUIRES(mutex_);
  [[nodiscard]] const Table* find(const TableName& name) const REQUIRES(mutex_);
  [[nodiscard]] WriteResult<const Stream*> existing_stream(const std::string& name) const
      REQUIRES(mutex_);
  [[nodiscard]] WriteResult<Stream*> find_stream(const std::string& name) REQUIRES(mutex_);
  WriteResult<void> check_append(const Stream& stream, std::uint64_t connection,
                                 std::int64_t offset) const REQUIRES(mutex_);
  static void show(Table& table, std::shared_ptr<const StoredRows> rows);
  // The same, for rows that are new.
  void show_new(const TableName& name, std::shared_ptr<const StoredRows> rows) REQUIRES(mutex_);
  // Makes the first `count` waiting rows visible.
  void show_waiting(Stream& stream, std::int64_t count) REQUIRES(mutex_);

  const unsigned fresh_table_denials_;
  mutable Mutex mutex_;
  TableStore* store_ GUARDED_BY(mutex_) = nullptr;
  bool held_ GUARDED_BY(mutex_) = false;
  std::uint64_t last_number_ GUARDED_BY(mutex_) = 0;  // Of etags, shapes, incarnations and streams.
  std::map<std::pair<std::string, std::string>, Json> datasets_ GUARDED_BY(mutex_);
  std::map<TableName, Table> tables_ GUARDED_BY(mutex_);
  std::map<std::string, Stream> streams_ GUARDED_BY(mutex_);
  std::vector<std::string> stream_order_ GUARDED_BY(mutex_);
};

// Microseconds since 1970.
[[nodiscard]] std::int64_t now_micros();

}  // namespace rs::fakes
