#include "sink/local_store.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "sink/duckdb_error.h"
#include "sink/local_table.h"

namespace rs::sink {
namespace {

// No extension is ever fetched: everything needed is in the library.
constexpr std::array<std::pair<const char*, const char*>, 6> kOptions = {{
    {"threads", "1"},
    {"memory_limit", "256MB"},
    // Of write-ahead log before it is worked into the file, by the commit that passes it (0.6 s of
    // CPU). Measured at commits of 500 rows: 60 us a row, against 78 with DuckDB's own 16 MB.
    {"checkpoint_threshold", "64MB"},
    {"autoinstall_known_extensions", "false"},
    {"autoload_known_extensions", "false"},
    {"allow_community_extensions", "false"},
}};

std::string sql_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

// The file is attached to an empty database in memory, since only ATTACH takes a row group size. A
// commit of more rows than a row group goes straight to the file, compressed; fewer go through the
// write-ahead log. Storage version 1.4 compresses texts better (142 for 163 bytes a row).
std::string attach_statement(const std::string& path, bool to_read) {
  return fmt::format("ATTACH {} AS events ({}); USE events", sql_text(path),
                     to_read ? "READ_ONLY" : "ROW_GROUP_SIZE 10240, STORAGE_VERSION 'v1.4.0'");
}

// From here on no statement reaches other files (read_csv, COPY, ATTACH, extensions), whoever
// wrote it. DuckDB keeps its own file, log and temporary files.
constexpr const char* kLockDown =
    "SET enable_external_access = false; SET lock_configuration = true";

// Empty when DuckDB started.
std::string start(const std::string& temporary, duckdb_database* database) {
  DuckdbConfig config;
  if (duckdb().create_config(config.out()) != DuckDBSuccess) return "no memory";
  for (const auto& [name, value] : kOptions) {
    (void)duckdb().set_config(config.get(), name, value);
  }
  (void)duckdb().set_config(config.get(), "temp_directory", temporary.c_str());
  char* error = nullptr;
  if (duckdb().open_ext(":memory:", database, config.get(), &error) == DuckDBSuccess) return {};
  std::string why = error == nullptr ? "unknown error" : error;
  duckdb().free(error);
  return why;
}

}  // namespace

LocalSession::~LocalSession() {
  const MutexLock lock(store_.mutex_);
  duckdb().disconnect(&connection_);
  std::erase(store_.sessions_, this);
  store_.session_gone_.notify_all();
}

void LocalSession::interrupt() {
  duckdb().interrupt(connection_);
}

LocalStore::LocalStore(std::string data_dir)
    : data_dir_(std::move(data_dir)), path_(data_dir_ + "/events.duckdb") {}

Result<void> LocalStore::open() {
  std::error_code error;
  std::filesystem::create_directories(data_dir_, error);
  if (error) {
    return fail(ErrorCode::kRefused,
                fmt::format("cannot make the folder {}: {}", data_dir_, error.message()));
  }
  return attach(false);
}

Result<void> LocalStore::open_to_read() {
  std::error_code error;
  if (!std::filesystem::exists(path_, error)) {
    return fail(ErrorCode::kNotFound,
                fmt::format("there is no {}: no event was stored yet, or WRITERS__DATA_DIR is "
                            "another folder",
                            path_));
  }
  return attach(true);
}

Result<void> LocalStore::attach(bool to_read) {
  close();
  if (const auto loaded = load_duckdb(); !loaded) return loaded;

  DuckdbDatabase database;
  if (const auto why = start(path_ + ".tmp", database.out()); !why.empty()) {
    return fail(ErrorCode::kInternal, fmt::format("DuckDB does not start: {}", why));
  }
  DuckdbConnection connection;
  if (duckdb().connect(database.get(), connection.out()) != DuckDBSuccess) {
    return fail(ErrorCode::kInternal, "DuckDB gives no connection");
  }
  auto done = execute(connection.get(), attach_statement(path_, to_read), path_);
  if (done && !to_read) done = prepare_table(connection.get(), path_);
  if (done) done = execute(connection.get(), kLockDown, path_);
  if (!done) return done;

  const MutexLock lock(mutex_);
  database_ = database.release();
  return {};
}

void LocalStore::close() {
  // DuckDB forgets an interrupt when the next statement starts: it is said again and again.
  constexpr auto kAgain = std::chrono::milliseconds(10);
  DuckdbDatabase database;  // Closed without the lock: the last checkpoint takes its time.
  {
    const MutexLock lock(mutex_);
    if (database_ == nullptr) return;
    closing_ = true;
    while (!sessions_.empty()) {
      for (LocalSession* session : sessions_) session->interrupt();
      session_gone_.wait_for(mutex_, kAgain);
    }
    *database.out() = std::exchange(database_, nullptr);
  }
  database.reset();
  const MutexLock lock(mutex_);
  closing_ = false;
}

Result<std::unique_ptr<LocalSession>> LocalStore::connect() {
  const MutexLock lock(mutex_);
  if (database_ == nullptr || closing_) {
    return fail(ErrorCode::kUnavailable, fmt::format("{} is not open at the moment", path_));
  }
  DuckdbConnection connection;
  if (duckdb().connect(database_, connection.out()) != DuckDBSuccess) {
    return fail(ErrorCode::kUnavailable, fmt::format("{}: DuckDB gives no connection", path_));
  }
  if (const auto used = execute(connection.get(), "USE events", path_); !used) {
    return tl::unexpected(used.error());
  }
  auto session = std::make_unique<LocalSession>(*this, connection.release());
  sessions_.push_back(session.get());
  return session;
}

}  // namespace rs::sink
