#include "app/data_folder.h"

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/data_file.h"
#include "obs/log.h"
#include "spool/folder.h"

namespace rs::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLockFile = "real-streaming.lock";

// What is opened by this path and not by open_data_file(): folders, and what DuckDB opens.
constexpr std::array kNoLinks = {
    "spool",         "spool/damaged",     "dead-letters",     "dead-letters/replay",
    "events.duckdb", "events.duckdb.wal", "events.duckdb.tmp"};

tl::unexpected<Error> failed(std::string_view what, const fs::path& path, int error) {
  return fail(ErrorCode::kRefused, fmt::format("cannot {} the folder WRITERS__DATA_DIR={}: {}",
                                               what, path.string(), reason_of(error)));
}

// The data folder itself may be a link: the settings name it.
Result<void> make(const fs::path& path) {
  std::error_code error;
  if (fs::is_symlink(path, error) && fs::is_directory(path, error)) return {};
  spool::RealDisk disk;
  if (auto made = spool::make_folder(disk, path); !made) {
    return fail(ErrorCode::kRefused, fmt::format("WRITERS__DATA_DIR: {}", made.error().message));
  }
  return {};
}

Result<void> check_links(const fs::path& folder) {
  for (const char* name : kNoLinks) {
    const fs::path path = folder / name;
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) continue;
    return fail(ErrorCode::kRefused,
                fmt::format("{}: {}. Move what it points to here, or mount it here (mount --bind)",
                            path.string(), reason_of(ELOOP)));
  }
  return {};
}

void warn_of_other_writers(const fs::path& folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0 || (status.st_mode & S_IWOTH) == 0) return;
  RS_LOG(kWarning,
         "WRITERS__DATA_DIR={} may be written to by every user of this machine (mode {:04o}); they "
         "can remove or replace rows: chmod o-w it, or choose a folder that is not shared",
         folder.string(), status.st_mode & 07777);
}

// Says who holds the lock, for an operator.
std::string holder_of(const Descriptor& lock) {
  std::array<char, 32> holder{};
  const auto size = ::pread(lock.get(), holder.data(), holder.size(), 0);
  return {holder.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

}  // namespace

Result<DataFolder> DataFolder::claim(const fs::path& path) {
  if (auto made = make(path); !made) return tl::unexpected(made.error());
  const auto file = path / kLockFile;
  const int number = open_data_file(file, O_RDWR | O_CREAT);
  if (number < 0) {
    return fail(ErrorCode::kRefused, fmt::format("cannot open {} in WRITERS__DATA_DIR: {}",
                                                 file.string(), reason_of(number)));
  }
  Descriptor lock(number);
  // What this process writes from here on (rows, dead letters) names people: nobody else reads it.
  ::umask(077);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return failed("lock", path, errno);
    return fail(ErrorCode::kRefused,
                fmt::format("the folder WRITERS__DATA_DIR={} is in use by another real-streaming "
                            "(process {}): stop it, or give this one a folder of its own",
                            path.string(), holder_of(lock)));
  }
  if (auto checked = check_links(path); !checked) return tl::unexpected(checked.error());
  const auto text = fmt::format("{}", ::getpid());
  if (::ftruncate(lock.get(), 0) != 0 ||
      ::pwrite(lock.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    return failed("write in", path, errno);
  }
  warn_of_other_writers(path);
  return DataFolder(std::move(lock));
}

bool DataFolder::is_claimed(const fs::path& path) {
  const Descriptor lock(open_data_file(path / kLockFile, O_RDWR));
  return lock.is_open() && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0;
}

}  // namespace rs::app
