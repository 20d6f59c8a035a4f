#include "duckdb/store.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "duckdb/error.h"
#include "duckdb/table.h"

namespace rs::duckdb {
namespace {

// No extension is ever fetched: everything needed is in the library.
constexpr std::array<std::pair<const char*, const char*>, 6> kOptions = {{
    {"threads", "1"},
    // A checkpoint leaves row groups as they are. Merging small ones made it write the last 10,240
    // rows again and again, with all elements of 2,048 rows in memory at once: 1.3 GB for events of
    // 1,000 items, where 300 MB are enough.
    {"max_vacuum_tasks", "0"},
    {"checkpoint_threshold", "1TB"},  // Never by itself: see LocalStoreLimits.
    {"autoinstall_known_extensions", "false"},
    {"autoload_known_extensions", "false"},
    {"allow_community_extensions", "false"},
}};

// The file is attached to an empty database in memory, since only ATTACH takes a row group size. A
// commit of more rows than a row group goes straight to the file, compressed; fewer go through the
// write-ahead log. Storage version 1.4 compresses texts better (142 for 163 bytes a row).
// Of each of some 600 parts of columns, DuckDB holds at least one block in memory while rows are in
// the log: 160 MB with its usual blocks of 256 KB, 40 MB with these, which also cost 10 % less CPU
// and a quarter less disk. A file keeps the size it was made with.
std::string attach_statement(const std::string& path, bool to_read) {
  std::error_code error;
  const bool is_new = std::filesystem::file_size(path, error) == 0 || error;
  const auto options = to_read ? std::string("READ_ONLY")
                               : fmt::format("ROW_GROUP_SIZE {}, STORAGE_VERSION 'v1.4.0'{}",
                                             kRowGroupRows, is_new ? ", BLOCK_SIZE 65536" : "");
  return fmt::format("ATTACH {} AS events ({}); USE events", sql_text(path), options);
}

// What rows of the log weigh, by its length, when they were written by an earlier process.
constexpr std::uintmax_t kLogWeight = 4;

// DuckDB forgets an interrupt when the next statement starts: it is said again and again.
constexpr auto kInterruptAgain = std::chrono::milliseconds(10);

// From here on no statement reaches other files (read_csv, COPY, ATTACH, extensions), whoever
// wrote it. DuckDB keeps its own file, log and temporary files.
constexpr const char* kLockDown =
    "SET enable_external_access = false; SET lock_configuration = true";

bool only(const LocalSession& session, const std::vector<LocalSession*>& sessions) {
  return std::all_of(sessions.begin(), sessions.end(),
                     [&](const LocalSession* other) { return other == &session; });
}

// Empty when DuckDB started.
std::string start(const std::string& temporary, std::uintmax_t memory, duckdb_database* database) {
  DuckdbConfig config;
  if (library().create_config(config.out()) != DuckDBSuccess) return "no memory";
  const auto set = [&](const char* name, const char* value) {
    return library().set_config(config.get(), name, value) == DuckDBSuccess;
  };
  for (const auto& [name, value] : kOptions) {
    if (!set(name, value)) return fmt::format("it does not know {} = {}", name, value);
  }
  if (!set("temp_directory", temporary.c_str())) return "it has no temp_directory";
  if (!set("memory_limit", fmt::format("{}B", memory).c_str())) return "it has no memory_limit";
  char* error = nullptr;
  if (library().open_ext(":memory:", database, config.get(), &error) == DuckDBSuccess) return {};
  std::string why = error == nullptr ? "unknown error" : error;
  library().free(error);
  return why;
}

}  // namespace

LocalSession::~LocalSession() {
  const MutexLock lock(store_.mutex_);
  library().disconnect(&connection_);
  std::erase(store_.sessions_, this);
  store_.changed_.notify_all();
}

void LocalSession::interrupt() {
  library().interrupt(connection_);
}

LocalStore::LocalStore(std::string data_dir, LocalStoreLimits limits)
    : data_dir_(std::move(data_dir)), path_(data_dir_ + "/events.duckdb"), limits_(limits) {}

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
                            "another folder.",
                            path_));
  }
  return attach(true);
}

Result<void> LocalStore::attach(bool to_read) {
  close();
  if (auto loaded = load_duckdb(); !loaded) return loaded;

  DuckdbDatabase database;
  if (const auto why = start(path_ + ".tmp", limits_.memory_bytes, database.out()); !why.empty()) {
    return fail(ErrorCode::kInternal, fmt::format("DuckDB does not start: {}", why));
  }
  DuckdbConnection connection;
  if (library().connect(database.get(), connection.out()) != DuckDBSuccess) {
    return fail(ErrorCode::kInternal, "DuckDB gives no connection");
  }
  auto done = execute(connection.get(), attach_statement(path_, to_read), path_);
  if (done && !to_read) done = prepare_table(connection.get(), path_);
  if (done) done = execute(connection.get(), kLockDown, path_);
  if (!done) return done;
  std::error_code error;
  const auto log_bytes = std::filesystem::file_size(path_ + ".wal", error);
  log_weight_ = error ? 0 : log_bytes * kLogWeight;

  const MutexLock lock(mutex_);
  database_ = database.release();
  return {};
}

void LocalStore::close() {
  DuckdbDatabase database;  // Closed without the lock: the last checkpoint takes its time.
  {
    const MutexLock lock(mutex_);
    if (database_ == nullptr) return;
    closing_ = true;
    while (!sessions_.empty()) {
      for (LocalSession* session : sessions_) session->interrupt();
      changed_.wait_for(mutex_, kInterruptAgain);
    }
    *database.out() = std::exchange(database_, nullptr);
  }
  database.reset();
  const MutexLock lock(mutex_);
  closing_ = false;
}

Result<std::unique_ptr<LocalSession>> LocalStore::connect() {
  const MutexLock lock(mutex_);
  while (checkpointing_) changed_.wait(mutex_);
  if (database_ == nullptr || closing_) {
    return fail(ErrorCode::kUnavailable, fmt::format("{} is not open at the moment", path_));
  }
  DuckdbConnection connection;
  if (library().connect(database_, connection.out()) != DuckDBSuccess) {
    return fail(ErrorCode::kUnavailable, fmt::format("{}: DuckDB gives no connection", path_));
  }
  if (const auto used = execute(connection.get(), "USE events", path_); !used) {
    return tl::unexpected(used.error());
  }
  auto session = std::make_unique<LocalSession>(*this, connection.release());
  sessions_.push_back(session.get());
  return session;
}

Result<void> LocalStore::checkpoint_if_due(LocalSession& writer) {
  std::error_code error;
  const auto log_bytes = std::filesystem::file_size(path_ + ".wal", error);
  if (error) return {};
  const bool due = log_bytes >= limits_.log_bytes || log_weight_ >= limits_.log_weight();
  if (!due) return {};
  const bool overdue =
      log_bytes >= 2 * limits_.log_bytes || log_weight_ >= limits_.log_weight() * 3 / 2;
  if (!keep_queries_out(writer, overdue)) return {};
  auto done = execute(writer.connection(), "CHECKPOINT", path_);
  let_queries_in();
  if (!done) return fail(done.error().code, "a checkpoint failed: " + done.error().message);
  log_weight_ = 0;
  return done;
}

// False when a query runs and goes on: the checkpoint must wait for a later commit.
bool LocalStore::keep_queries_out(const LocalSession& writer, bool interrupt) {
  const MutexLock lock(mutex_);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  checkpointing_ = true;
  while (interrupt && !only(writer, sessions_) && std::chrono::steady_clock::now() < deadline) {
    for (LocalSession* session : sessions_) {
      if (session != &writer) session->interrupt();
    }
    changed_.wait_for(mutex_, kInterruptAgain);
  }
  checkpointing_ = only(writer, sessions_);
  if (!checkpointing_) changed_.notify_all();
  return checkpointing_;
}

void LocalStore::let_queries_in() {
  const MutexLock lock(mutex_);
  checkpointing_ = false;
  changed_.notify_all();
}

Result<std::string> duckdb_version() {
  if (const auto loaded = load_duckdb(); !loaded) return tl::make_unexpected(loaded.error());
  return std::string(library().library_version());
}

}  // namespace rs::duckdb
