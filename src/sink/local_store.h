#pragma once
// DATA_DIR/events.duckdb, opened in this process: by the server to write, by `query` without a
// server to read. Nobody else can open the file while a writer has it; who wants to read it then
// asks this process (sink/query_server.h).
//   open() --> connect() --> session, session ... --> close()
// Limits: one DuckDB thread (two cost 1.6 times the CPU a row), 256 MB of DuckDB's memory.
// Thread-safe, apart from open() and close(), which belong to the owner.

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

namespace rs::sink {

class LocalStore;

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
  explicit LocalStore(std::string data_dir);
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

  Result<std::unique_ptr<LocalSession>> connect();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  friend class LocalSession;
  Result<void> attach(bool to_read);

  const std::string data_dir_, path_;
  Mutex mutex_;
  CondVar session_gone_;
  _duckdb_database* database_ GUARDED_BY(mutex_) = nullptr;
  bool closing_ GUARDED_BY(mutex_) = false;
  std::vector<LocalSession*> sessions_ GUARDED_BY(mutex_);
};

}  // namespace rs::sink
