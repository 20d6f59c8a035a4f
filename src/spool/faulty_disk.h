#pragma once
// A disk for tests: the real one, of which each call can be made to fail, and whose power can be
// cut: then everything is as a disk holds it that has lost all that was not synced. Remembers the
// order of the calls. Thread-safe.

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>

#include "base/mutex.h"
#include "spool/disk.h"

namespace rs::spool {

class FaultyDisk final : public Disk {
  using Path = std::filesystem::path;

 public:
  FaultyDisk() {
    std::string name = std::filesystem::temp_directory_path() / "removed_XXXXXX";
    removed_ = mkdtemp(name.data());
  }
  ~FaultyDisk() override { std::filesystem::remove_all(removed_); }

  // Every call of this name (as the functions below) fails with `error` from now on; 0 ends that.
  // "direct": opening with O_DIRECT; "direct_write": writing to a file that was opened so.
  void fail(const std::string& call, int error) {
    const MutexLock lock(mutex_);
    errors_[call] = error;
  }
  // Each write stops after so many bytes, which are written, with ENOSPC. Negative ends that.
  void tear_writes(long bytes) {
    const MutexLock lock(mutex_);
    torn_bytes_ = bytes;
  }
  // Reading any byte from `begin` to `end` of the file of this name fails with EIO, until
  // mend_sectors().
  void break_sectors(const std::string& file, std::uint64_t begin, std::uint64_t end) {
    const MutexLock lock(mutex_);
    broken_.push_back({file, begin, end});
  }
  void mend_sectors() {
    const MutexLock lock(mutex_);
    broken_.clear();
  }
  void set_space(Space space) {
    const MutexLock lock(mutex_);
    space_ = space;
  }
  // Called before each sync of a segment, on the thread that syncs.
  void on_sync(std::function<void()> hook) {
    const MutexLock lock(mutex_);
    hook_ = std::move(hook);
  }
  // Called before each call, with its name and that of its file, on the thread that makes it.
  void on_call(std::function<void(const std::string& call)> hook) {
    const MutexLock lock(mutex_);
    call_hook_ = std::move(hook);
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

  // The power fails: what was written since the last sync of its file is as it was before, and
  // names that were made, changed or removed since the last sync of their folder are as they were.
  // Files must not be used meanwhile. `stays` says for each sector of such a write whether it
  // reached the disk after all.
  void cut_power(const std::function<bool()>& stays = [] { return false; }) {
    const MutexLock lock(mutex_);
    while (!changes_.empty()) {
      undo(changes_.back(), stays);
      changes_.pop_back();
    }
  }

  int open(const Path& path, int flags) override {
    if (const int error = made((flags & O_CREAT) != 0 ? "create" : "open", path)) return -error;
    if ((flags & O_DIRECT) != 0) {
      if (const int error = made("direct", path)) return -error;
    }
    const bool is_new = (flags & O_CREAT) != 0 && !std::filesystem::exists(path);
    if ((flags & O_TRUNC) != 0 && !is_new) keep_content(path, 0);
    const int file = real_.open(path, flags);
    const MutexLock lock(mutex_);
    if (file >= 0) open_[file] = path;
    if (file >= 0 && is_new) changes_.push_back({.kind = Change::kCreated, .path = path});
    return file;
  }
  void close(int file) override {
    {
      const MutexLock lock(mutex_);
      open_.erase(file);
    }
    real_.close(file);
  }
  std::int64_t size(int file) override { return real_.size(file); }
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
    keep_content(path, offset, bytes.size());
    long torn = 0;
    {
      const MutexLock lock(mutex_);
      torn = torn_bytes_;
    }
    if (torn < 0 || static_cast<std::size_t>(torn) >= bytes.size()) {
      return real_.write(file, bytes, offset);
    }
    real_.write(file, bytes.substr(0, static_cast<std::size_t>(torn)), offset);
    return -ENOSPC;
  }
  ssize_t read(int file, char* into, std::size_t bytes, std::uint64_t offset) override {
    const auto path = path_of(file);
    if (const int error = made("read", path)) return -error;
    {
      const MutexLock lock(mutex_);
      for (const auto& [name, begin, end] : broken_) {
        if (path.filename() == name && offset < end && begin < offset + bytes) return -EIO;
      }
    }
    return real_.read(file, into, bytes, offset);
  }
  int sync(int file) override {
    const auto path = path_of(file);
    std::function<void()> hook;
    {
      const MutexLock lock(mutex_);
      if (path.extension() == ".segment") hook = hook_;
    }
    if (hook) hook();
    if (const int error = made("sync", path)) return -error;
    const MutexLock lock(mutex_);
    std::erase_if(changes_, [&](const auto& change) {
      return change.kind == Change::kWritten && change.path == path;
    });
    return 0;
  }
  int truncate(int file, std::uint64_t bytes) override {
    const auto path = path_of(file);
    if (const int error = made("truncate", path)) return -error;
    keep_content(path, bytes);
    return real_.truncate(file, bytes);
  }
  int remove(const Path& path) override {
    if (const int error = made("remove", path)) return -error;
    if (!std::filesystem::exists(path)) return -ENOENT;
    move_away(path);
    return 0;
  }
  int rename(const Path& from, const Path& to) override {
    if (const int error = made("rename", from)) return -error;
    if (!std::filesystem::exists(from)) return -ENOENT;
    if (std::filesystem::exists(to)) move_away(to);
    const MutexLock lock(mutex_);
    for (auto& change : changes_) {
      if (change.path == from) change.path = to;
    }
    changes_.push_back({.kind = Change::kRenamed, .path = to, .from = from});
    return real_.rename(from, to);
  }
  int make_folder(const Path& path) override {
    if (const int error = made("make_folder", path)) return -error;
    const int made = real_.make_folder(path);
    const MutexLock lock(mutex_);
    if (made >= 0) changes_.push_back({.kind = Change::kCreated, .path = path});
    return made;
  }
  int sync_folder(const Path& path) override {
    if (const int error = made("sync_folder", path)) return -error;
    const MutexLock lock(mutex_);
    std::erase_if(changes_, [&](const auto& change) {
      return change.kind != Change::kWritten && change.path.parent_path() == path;
    });
    return 0;
  }
  int space(const Path& path, Space& space) override {
    if (const int error = made("space", path)) return -error;
    const MutexLock lock(mutex_);
    if (space_.total == 0) return real_.space(path, space);
    space = space_;
    return 0;
  }

 private:
  // What a power cut takes back. Of a file that is renamed, the path follows.
  struct Change {
    enum Kind : std::uint8_t { kWritten, kCreated, kRenamed, kRemoved };
    Kind kind;
    Path path;
    Path from{};  // Renamed: where it was. Removed: where its content is meanwhile.
    std::uint64_t offset = 0;
    std::string before{};          // Written: what was there,
    std::uint64_t file_bytes = 0;  // in a file that was so long.
  };
  struct Broken {
    std::string file;
    std::uint64_t begin, end;
  };

  int made(const std::string& call, const Path& path) {
    std::function<void(const std::string&)> hook;
    const std::string what = call + " " + path.filename().string();
    {
      const MutexLock lock(mutex_);
      calls_.push_back(what);
      hook = call_hook_;
    }
    if (hook) hook(what);
    return errno_of(call);
  }
  int errno_of(const std::string& call) const {
    const MutexLock lock(mutex_);
    const auto error = errors_.find(call);
    return error == errors_.end() ? 0 : error->second;
  }
  Path path_of(int file) const {
    const MutexLock lock(mutex_);
    const auto found = open_.find(file);
    return found == open_.end() ? Path() : found->second;
  }

  // What lies there now, as far as the file reaches; to its end when no size is given.
  void keep_content(const Path& path, std::uint64_t offset, std::uint64_t size = ~0ULL) {
    // By a descriptor of our own: the caller's may be one that only reads whole blocks, or none.
    const int reading = real_.open(path, O_RDONLY);
    if (reading < 0) return;
    const auto file_bytes = static_cast<std::uint64_t>(real_.size(reading));
    const auto there = file_bytes > offset ? file_bytes - offset : 0;
    std::string before(std::min(there, size), '\0');
    real_.read(reading, before.data(), before.size(), offset);
    real_.close(reading);
    if (size != ~0ULL) before.resize(size, '\0');
    const MutexLock lock(mutex_);
    changes_.push_back({.kind = Change::kWritten,
                        .path = path,
                        .offset = offset,
                        .before = std::move(before),
                        .file_bytes = file_bytes});
  }

  void move_away(const Path& path) {
    const MutexLock lock(mutex_);
    const Path away = removed_ / std::to_string(++removals_);
    std::filesystem::rename(path, away);
    changes_.push_back({.kind = Change::kRemoved, .path = path, .from = away});
  }

  void undo(const Change& change, const std::function<bool()>& stays) REQUIRES(mutex_) {
    switch (change.kind) {
      case Change::kWritten:
        unwrite(change, stays);
        break;
      case Change::kCreated:
        std::filesystem::remove_all(change.path);
        break;
      case Change::kRenamed:
      case Change::kRemoved: {
        const auto& [there, back] = change.kind == Change::kRenamed
                                        ? std::pair(change.path, change.from)
                                        : std::pair(change.from, change.path);
        if (std::filesystem::exists(there)) real_.rename(there, back);
        for (auto& other : changes_) {
          if (other.path == there) other.path = back;
        }
        break;
      }
    }
  }
  void unwrite(const Change& change, const std::function<bool()>& stays) {
    constexpr std::size_t kSector = 512;
    const int file = real_.open(change.path, O_WRONLY);
    if (file < 0) return;
    std::uint64_t offset = change.offset;
    bool any_stays = false;
    for (std::string_view rest = change.before; !rest.empty();) {
      const auto part = rest.substr(0, kSector - offset % kSector);
      const bool this_stays = stays();
      if (!this_stays) real_.write(file, part, offset);
      any_stays = any_stays || this_stays;
      rest.remove_prefix(part.size());
      offset += part.size();
    }
    if (!any_stays && offset > change.file_bytes) real_.truncate(file, change.file_bytes);
    real_.close(file);
  }

  RealDisk real_;
  Path removed_;  // Where removed files are until their folder is synced.
  mutable Mutex mutex_;
  std::map<std::string, int> errors_ GUARDED_BY(mutex_);
  long torn_bytes_ GUARDED_BY(mutex_) = -1;
  std::vector<Broken> broken_ GUARDED_BY(mutex_);
  std::map<int, Path> open_ GUARDED_BY(mutex_);
  std::list<Change> changes_ GUARDED_BY(mutex_);  // In order.
  std::size_t removals_ GUARDED_BY(mutex_) = 0;
  std::vector<std::string> calls_ GUARDED_BY(mutex_);
  std::function<void()> hook_ GUARDED_BY(mutex_);
  std::function<void(const std::string&)> call_hook_ GUARDED_BY(mutex_);
  Space space_ GUARDED_BY(mutex_);
};

}  // namespace rs::spool
