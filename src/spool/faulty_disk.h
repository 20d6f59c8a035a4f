#pragma once
// A disk for tests: the real one, of which each call can be made to fail, and whose power can be
// cut. Remembers the order of the calls. Thread-safe.

#include <algorithm>
#include <cerrno>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>

#include "base/mutex.h"
#include "spool/disk.h"

namespace rs::spool {

class FaultyDisk final : public Disk {
 public:
  // Every call of this name (as the functions below) fails with `error` from now on; 0 ends that.
  // "direct": opening with O_DIRECT; "direct_write": writing to a file that was opened so.
  void fail(const std::string& call, int error) {
    const MutexLock lock(mutex_);
    errors_[call] = error;
  }
  void set_space(Space space) {
    const MutexLock lock(mutex_);
    space_ = space;
  }
  // Called before each sync, on the thread that syncs.
  void on_sync(std::function<void()> hook) {
    const MutexLock lock(mutex_);
    hook_ = std::move(hook);
  }
  // What was made so far, each as "call name".
  [[nodiscard]] std::vector<std::string> calls() const {
    const MutexLock lock(mutex_);
    return calls_;
  }
  [[nodiscard]] std::size_t count(const std::string& call) const {
    const MutexLock lock(mutex_);
    return static_cast<std::size_t>(std::count_if(
        calls_.begin(), calls_.end(), [&](const auto& made) { return made.starts_with(call); }));
  }
  // The power fails: what was written since the last sync of its file is as it was before, and new
  // files whose folder was not synced are gone. Files must not be written meanwhile. `stays` says
  // for each sector of such a write whether it reached the disk after all.
  void cut_power(const std::function<bool()>& stays = [] { return false; }) {
    constexpr std::size_t kSector = 512;
    const MutexLock lock(mutex_);
    for (auto at = unsynced_.rbegin(); at != unsynced_.rend(); ++at) {
      const int file = real_.open(at->path, O_WRONLY);
      if (file < 0) continue;
      std::uint64_t offset = at->offset;
      for (std::string_view rest = at->before; !rest.empty();) {
        const auto part = rest.substr(0, kSector - offset % kSector);
        if (!stays()) real_.write(file, part, offset);
        rest.remove_prefix(part.size());
        offset += part.size();
      }
      real_.close(file);
    }
    for (const auto& path : created_) real_.remove(path);
    for (auto at = renamed_.rbegin(); at != renamed_.rend(); ++at) {
      if (std::filesystem::exists(at->second)) real_.rename(at->second, at->first);
    }
    unsynced_.clear();
    created_.clear();
    renamed_.clear();
  }

  int open(const std::filesystem::path& path, int flags) override {
    if (const int error = made((flags & O_CREAT) != 0 ? "create" : "open", path)) return -error;
    if ((flags & O_DIRECT) != 0) {
      if (const int error = made("direct", path)) return -error;
    }
    const int file = real_.open(path, flags);
    const MutexLock lock(mutex_);
    if (file >= 0) open_[file] = path;
    if (file >= 0 && (flags & O_EXCL) != 0) created_.insert(path);
    return file;
  }
  void close(int file) override {
    {
      const MutexLock lock(mutex_);
      open_.erase(file);
    }
    real_.close(file);
  }
  int allocate(int file, std::uint64_t bytes) override {
    if (const int error = made("allocate", path_of(file))) return -error;
    return real_.allocate(file, bytes);
  }
  int write(int file, std::string_view bytes, std::uint64_t offset) override {
    const auto path = path_of(file);
    if (const int error = made("write", path)) return -error;
    if ((fcntl(file, F_GETFL) & O_DIRECT) != 0 && errno_of("direct_write") != 0) {
      return -errno_of("direct_write");
    }
    std::string before(bytes.size(), '\0');
    // Not by `file`, which may be one that only reads whole blocks.
    const int reading = real_.open(path, O_RDONLY);
    real_.read(reading, before.data(), before.size(), offset);
    real_.close(reading);
    {
      const MutexLock lock(mutex_);
      unsynced_.push_back({path, offset, std::move(before)});
    }
    return real_.write(file, bytes, offset);
  }
  ssize_t read(int file, char* into, std::size_t bytes, std::uint64_t offset) override {
    if (const int error = made("read", path_of(file))) return -error;
    return real_.read(file, into, bytes, offset);
  }
  int sync(int file) override {
    std::function<void()> hook;
    {
      const MutexLock lock(mutex_);
      hook = hook_;
    }
    if (hook) hook();
    const auto path = path_of(file);
    if (const int error = made("sync", path)) return -error;
    const MutexLock lock(mutex_);
    std::erase_if(unsynced_, [&](const auto& write) { return write.path == path; });
    return 0;
  }
  int truncate(int file, std::uint64_t bytes) override {
    if (const int error = made("truncate", path_of(file))) return -error;
    return real_.truncate(file, bytes);
  }
  int remove(const std::filesystem::path& path) override {
    if (const int error = made("remove", path)) return -error;
    return real_.remove(path);
  }
  int rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    if (const int error = made("rename", from)) return -error;
    const MutexLock lock(mutex_);
    renamed_.emplace_back(from, to);
    return real_.rename(from, to);
  }
  int sync_folder(const std::filesystem::path& path) override {
    if (const int error = made("sync_folder", path)) return -error;
    const MutexLock lock(mutex_);
    created_.clear();
    renamed_.clear();
    return 0;
  }
  int space(const std::filesystem::path& path, Space& space) override {
    if (const int error = made("space", path)) return -error;
    const MutexLock lock(mutex_);
    if (space_.total == 0) return real_.space(path, space);
    space = space_;
    return 0;
  }

 private:
  struct Unsynced {
    std::filesystem::path path;
    std::uint64_t offset;
    std::string before;
  };

  int made(const std::string& call, const std::filesystem::path& path) {
    {
      const MutexLock lock(mutex_);
      calls_.push_back(call + " " + path.filename().string());
    }
    return errno_of(call);
  }
  int errno_of(const std::string& call) const {
    const MutexLock lock(mutex_);
    const auto error = errors_.find(call);
    return error == errors_.end() ? 0 : error->second;
  }
  std::filesystem::path path_of(int file) const {
    const MutexLock lock(mutex_);
    const auto found = open_.find(file);
    return found == open_.end() ? std::filesystem::path() : found->second;
  }

  RealDisk real_;
  mutable Mutex mutex_;
  std::map<std::string, int> errors_ GUARDED_BY(mutex_);
  std::map<int, std::filesystem::path> open_ GUARDED_BY(mutex_);
  std::vector<Unsynced> unsynced_ GUARDED_BY(mutex_);
  std::set<std::filesystem::path> created_ GUARDED_BY(mutex_);
  std::vector<std::pair<std::filesystem::path, std::filesystem::path>> renamed_ GUARDED_BY(mutex_);
  std::vector<std::string> calls_ GUARDED_BY(mutex_);
  std::function<void()> hook_ GUARDED_BY(mutex_);
  Space space_ GUARDED_BY(mutex_);
};

}  // namespace rs::spool
