#pragma once
// DATA_DIR/events.duckdb, opened in this process: by the server to write, by `query` without a
// server to read. Nobody else can open the file while a writer has it; who wants to read it then
// asks this process (query/server.h).
//   open() --> connect() --> session, session ... --> close()
// Limits: one DuckDB thread (two cost 1.6 times the CPU a row), LocalStoreLimits.
// Thread-safe, apart from open() and close(), which belong to the owner.
//
// Small commits go to a write-ahead log, which a checkpoint works into the file. A checkpoint waits
// for queries that read the table, spinning, and the writer with it: so DuckDB's automatic ones are
// off, and the writer makes them when no query runs. A query in the way for too long is
// interrupted.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"

// Of duckdb.h, which stays out of headers.
// NOLINTBEGIN(bugprone-reserved-identifier)
struct _duckdb_database;
struct _duckdb_connection;
// NOLINTEND(bugprone-reserved-identifier)

namespace rs::duckdb {

class LocalStore;

// Of a row group of the file. A commit of more rows writes them to the file at once, compressed.
inline constexpr std::size_t kRowGroupRows = 10'240;

struct LocalStoreLimits {
  std::uintmax_t memory_bytes = 512
                                << 20;  // DuckDB's memory_limit, for the writer and all queries.
  // Of write-ahead log before a checkpoint (0.6 s of CPU). At commits of 500 rows 64 MB cost 60 us
  // a row, against 78 with DuckDB's own 16 MB.
  std::uintmax_t log_bytes = 64'000'000;

  // Rows are planned by their weight (ChunkWriter::weight()). Measured with 512 MB: transactions of
  // 1,000-item events up to this weight take 300 MB of memory in all, checkpoint included.
  [[nodiscard]] std::uintmax_t commit_weight() const { return memory_bytes / 4; }
  // Rows in the log also are in memory, uncompressed, and may be many times their log there:
  // beyond this weight a checkpoint is due whatever the log's length.
  [[nodiscard]] std::uintmax_t log_weight() const { return memory_bytes / 2; }
};

// One DuckDB connection, used by one thread at a time. Keeps the store from closing.
class LocalSession {
 public:
  LocalSession(LocalStore& store, _duckdb_connection* connection)
      : store_(store), connection_(connection) {}
  ~LocalSession();
  LocalSession(const LocalSession&) = delete;
  LocalSession& operator=(const LocalSession&) = delete;

  // Makes the statement that is running fail soon. From any thread.
  void interrupt();
  [[nodiscard]] _duckdb_connection* connection() const { return connection_; }

 private:
  LocalStore& store_;
  _duckdb_connection* connection_;
};

class LocalStore {
 public:
  explicit LocalStore(std::string data_dir, LocalStoreLimits limits = {});
  ~LocalStore() { close(); }
  LocalStore(const LocalStore&) = delete;
  LocalStore& operator=(const LocalStore&) = delete;

  // Makes folder, file, table, macros and view when missing; adds missing columns.
  // kUnavailable: no room or an IO error, worth a retry. kRefused: a person must act (another
  // process has the file, it is not a DuckDB file, a column has another type).
  Result<void> open();
  // The file as it is. kNotFound when there is none.
  Result<void> open_to_read();
  // Interrupts every session, waits until all are gone and lets go of the file.
  void close();

  // Waits while a checkpoint is made.
  Result<std::unique_ptr<LocalSession>> connect();

  // For the writer, between two transactions on its session: makes a checkpoint if one is due and
  // possible. After an error the store must be opened again.
  Result<void> checkpoint_if_due(LocalSession& writer);
  // For the writer: a transaction of so many rows of that weight is committed.
  void committed(std::size_t rows, std::uintmax_t weight) {
    if (rows <= kRowGroupRows) log_weight_ += weight;
  }

  [[nodiscard]] const LocalStoreLimits& limits() const { return limits_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  friend class LocalSession;
  Result<void> attach(bool to_read);
  bool keep_queries_out(const LocalSession& writer, bool interrupt);
  void let_queries_in();

  const std::string data_dir_, path_;
  const LocalStoreLimits limits_;
  std::uintmax_t log_weight_ = 0;  // Of the rows in the log. Of the writer.
  Mutex mutex_;
  CondVar changed_;  // A session is gone, or queries may run again.
  _duckdb_database* database_ GUARDED_BY(mutex_) = nullptr;
  bool closing_ GUARDED_BY(mutex_) = false, checkpointing_ GUARDED_BY(mutex_) = false;
  std::vector<LocalSession*> sessions_ GUARDED_BY(mutex_);
};

// The version of the DuckDB library in use, such as "v1.4.4". Loads it, which takes 11 ms.
[[nodiscard]] Result<std::string> duckdb_version();

}  // namespace rs::duckdb
