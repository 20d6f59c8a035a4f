#include "delivery/dead_letters.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "delivery/dead_letter_line.h"
#include "spool/file.h"
#include "spool/folder.h"

namespace rs::delivery {
namespace {

namespace fs = std::filesystem;

using spool::disk_failed;
using spool::File;

constexpr const char* kReplay = "replay";
constexpr const char* kDamaged = "damaged";
// A shutdown may leave a hundred thousand rows: they are written piece by piece, and synced once.
constexpr std::size_t kWriteBytes = 1024 * 1024;
constexpr std::size_t kReadBytes = 64 * 1024;

// Root may order a replay from a server that runs as another user, which must be able to remove
// what is replayed: otherwise it would be written again and again. Without the right to do so
// nothing changes.
void give_to_owner_of(const fs::path& folder, const fs::path& made) {
  struct stat owner {};
  if (::geteuid() != 0 || ::stat(folder.c_str(), &owner) != 0) return;
  if (::chown(made.c_str(), owner.st_uid, owner.st_gid) != 0) return;
}

std::int64_t now_micros() {
  using std::chrono::duration_cast, std::chrono::microseconds, std::chrono::system_clock;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

std::vector<fs::path> letter_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Where the next letter goes: behind the last whole one. A process that was killed, or a power cut,
// may have left half a line, which was never kept, and would make the next one unreadable.
std::int64_t end_of_lines(spool::Disk& disk, int file, std::int64_t size) {
  std::array<char, kReadBytes> bytes;
  for (std::int64_t end = size; end > 0;) {
    const auto part = std::min<std::int64_t>(end, bytes.size());
    const auto got = disk.read(file, bytes.data(), static_cast<std::size_t>(part),
                               static_cast<std::uint64_t>(end - part));
    if (got < 0) return got;
    const auto newline = std::string_view(bytes.data(), static_cast<std::size_t>(got)).rfind('\n');
    if (newline != std::string_view::npos)
      return end - part + static_cast<std::int64_t>(newline) + 1;
    end -= part;
  }
  return 0;
}

// The lines of one file.
class Lines {
 public:
  Lines(spool::Disk& disk, const fs::path& path)
      : disk_(disk), descriptor_(disk.open(path, O_RDONLY)), file_(disk, descriptor_) {}

  // What the disk returned instead of the rest of the line; 0 when it returned all.
  [[nodiscard]] ssize_t error() const { return error_; }

  // False at the end, and when the file is gone. The rest behind the last newline is a line, too
  // (see is_whole()), and so is what an error() has left of one.
  bool next(std::string& line) {
    line.clear();
    if (descriptor_ == -ENOENT) return false;
    if (descriptor_ < 0) error_ = descriptor_;
    while (error_ == 0) {
      const auto newline = buffer_.find('\n', at_);
      line.append(buffer_, at_, newline - at_);
      is_whole_ = newline != std::string::npos;
      at_ = is_whole_ ? newline + 1 : buffer_.size();
      if (is_whole_) return true;
      if (!fill()) break;
    }
    return error_ != 0 || !line.empty();
  }
  [[nodiscard]] bool is_whole() const { return is_whole_; }

 private:
  bool fill() {
    buffer_.resize(kReadBytes);
    const auto got = disk_.read(file_.get(), buffer_.data(), buffer_.size(), offset_);
    buffer_.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    offset_ += buffer_.size();
    at_ = 0;
    if (got < 0) error_ = got;
    return got > 0;
  }

  spool::Disk& disk_;
  const int descriptor_;
  const File file_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::uint64_t offset_ = 0;
  ssize_t error_ = 0;
  bool is_whole_ = false;
};

// `is_set_aside`: a last line without an end is damage, too, because none is being written.
void read_file(spool::Disk& disk, const fs::path& path, const LetterReader& reader,
               bool is_set_aside) {
  Lines lines(disk, path);
  std::size_t number = 0;
  for (std::string line; lines.next(line);) {
    ++number;
    if (lines.error() != 0) {
      const auto mistake = disk_failed("read", path, lines.error()).value().message;
      return reader.damaged({path, number, line, mistake, true});
    }
    auto letter = parse_line(line);
    if (letter) {
      letter->is_set_aside = is_set_aside;
      reader.letter(*letter);
    } else if (lines.is_whole() || is_set_aside) {
      reader.damaged({path, number, line, letter.error().message, false});
    }
  }
}

}  // namespace

std::string DamagedLine::text() const {
  return fmt::format("{}:{}: {}", file.string(), number, mistake);
}

// Held while the set of files changes or one grows: across processes and threads alike, because
// each use opens the lock file anew.
class DeadLetters::Lock {
 public:
  Lock(spool::Disk& disk, const fs::path& folder)
      : path_(folder / ".lock"),
        descriptor_(disk.open(path_, O_RDWR | O_CREAT)),
        file_(disk, descriptor_) {}

  Result<void> take() {
    if (descriptor_ < 0) return disk_failed("open", path_, descriptor_);
    if (::flock(descriptor_, LOCK_EX) != 0) return disk_failed("lock", path_, -errno);
    return {};
  }

 private:
  const fs::path path_;
  const int descriptor_;
  const File file_;
};

Result<void> DeadLetters::make_folder_once() {
  std::error_code ignored;
  if (folder_is_durable_ && fs::exists(folder_, ignored)) return {};
  if (auto made = spool::make_folder(disk_, folder_); !made) return made;
  folder_is_durable_ = true;
  durable_file_.clear();
  return {};
}

Result<void> DeadLetters::append(std::string_view sink, std::span<const DeadLetter> letters,
                                 Bound bound) {
  if (letters.empty()) return {};
  const MutexLock only(mutex_);
  if (auto made = make_folder_once(); !made) return made;
  Lock lock(disk_, folder_);
  if (auto locked = lock.take(); !locked) return locked;

  const auto path = folder_ / (format_utc(now_micros()).substr(0, 10) + ".jsonl");
  const int descriptor = disk_.open(path, O_RDWR | O_CREAT);
  if (descriptor < 0) return disk_failed("open", path, descriptor);
  const File file(disk_, descriptor);
  const auto size = disk_.size(descriptor);
  if (size < 0) return disk_failed("read the size of", path, size);
  const auto start = end_of_lines(disk_, descriptor, size);
  if (start < 0) return disk_failed("read", path, start);
  const auto from = static_cast<std::uint64_t>(start);
  if (start < size) {
    if (const int e = disk_.truncate(descriptor, from); e < 0) {
      return disk_failed("cut half a line from", path, e);
    }
  }
  // Another process may have moved the file of that name away.
  if (start == 0 || durable_file_ != path) {
    if (const int e = disk_.sync_folder(folder_); e < 0) return disk_failed("sync", folder_, e);
    durable_file_ = path;
  }
  auto written = write(descriptor, path, from, sink, letters, bound);
  if (written) return {};
  // Half a line would make every later one unreadable; a disk that is full can still cut.
  const int cut = disk_.truncate(descriptor, from);
  return cut < 0 ? disk_failed("cut back", path, cut) : written;
}

Result<void> DeadLetters::write(int file, const fs::path& path, std::uint64_t start,
                                std::string_view sink, std::span<const DeadLetter> letters,
                                Bound bound) {
  const std::uint64_t kept = bytes_of_files();
  const std::string time = format_utc(now_micros());
  std::uint64_t offset = start;
  std::string lines;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    append_line(lines, time, sink, letters[i]);
    if (lines.size() < kWriteBytes && i + 1 < letters.size()) continue;
    const std::uint64_t bytes = kept + (offset - start) + lines.size();
    if (bound == Bound::kHolds && bytes > max_bytes_) {
      return fail(ErrorCode::kOverloaded,
                  fmt::format("the dead letters in {} take {} bytes, and DEAD_LETTERS__MAX_BYTES "
                              "is {}: replay or drop them",
                              folder_.string(), kept, max_bytes_));
    }
    if (const int e = disk_.write(file, lines, offset); e < 0) return disk_failed("write", path, e);
    offset += lines.size();
    lines.clear();
  }
  if (const int e = disk_.sync(file); e < 0) return disk_failed("sync", path, e);
  bytes_ = kept + (offset - start);
  return {};
}

std::uint64_t DeadLetters::bytes_of_files() const {
  std::uint64_t bytes = 0;
  for (const auto& file : letter_files(folder_)) {
    std::error_code gone;
    const auto size = fs::file_size(file, gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

std::vector<fs::path> DeadLetters::set_aside_files() const {
  return letter_files(folder_ / kReplay);
}

void DeadLetters::read(const LetterReader& reader) const {
  // In this order, so that a file that is set aside meanwhile is in one of the lists.
  const auto kept = letter_files(folder_), set_aside = set_aside_files();
  for (const auto& file : set_aside) read_set_aside(file, reader);
  for (const auto& file : kept) read_file(disk_, file, reader, false);
}

void DeadLetters::read_set_aside(const fs::path& file, const LetterReader& reader) const {
  read_file(disk_, file, reader, true);
}

Result<std::size_t> DeadLetters::drop() {
  std::error_code ignored;
  if (!fs::exists(folder_, ignored)) return std::size_t{0};
  Lock lock(disk_, folder_);
  if (auto locked = lock.take(); !locked) return tl::unexpected(locked.error());
  std::size_t count = 0;
  const auto count_lines = [&](const auto&) { ++count; };
  read({count_lines, count_lines});
  for (const auto& folder : {folder_, folder_ / kReplay, folder_ / kDamaged}) {
    const auto found = letter_files(folder);
    for (const auto& file : found) {
      if (folder == folder_ / kDamaged) {
        read_file(disk_, file, {count_lines, count_lines}, true);
      }
      const int e = disk_.remove(file);
      if (e < 0 && e != -ENOENT) return disk_failed("remove", file, e);
    }
    if (found.empty()) continue;
    if (const int e = disk_.sync_folder(folder); e < 0) return disk_failed("sync", folder, e);
  }
  look();
  return count;
}

Result<bool> DeadLetters::set_aside() const {
  if (letter_files(folder_).empty()) return false;
  Lock lock(disk_, folder_);
  if (auto locked = lock.take(); !locked) return tl::unexpected(locked.error());
  const auto replay = folder_ / kReplay;
  if (auto made = spool::make_folder(disk_, replay); !made) return tl::unexpected(made.error());
  give_to_owner_of(folder_, replay);
  const auto stamp = now_micros();
  for (const auto& file : letter_files(folder_)) {
    const auto target = replay / fmt::format("{}-{}.jsonl", file.stem().string(), stamp);
    if (const int e = disk_.rename(file, target); e < 0) return disk_failed("move", file, e);
  }
  for (const auto& folder : {replay, folder_}) {
    if (const int e = disk_.sync_folder(folder); e < 0) return disk_failed("sync", folder, e);
  }
  return true;
}

Result<void> DeadLetters::replayed(const fs::path& file, std::span<const DamagedLine> damaged) {
  if (damaged.empty()) {
    const int e = disk_.remove(file);
    if (e < 0 && e != -ENOENT) return disk_failed("remove", file, e);
    disk_.sync_folder(file.parent_path());  // Should it come back, its rows are written twice.
    return {};
  }
  const auto folder = folder_ / kDamaged;
  if (auto made = spool::make_folder(disk_, folder); !made) return made;
  const bool unreadable = std::any_of(damaged.begin(), damaged.end(),
                                      [](const auto& line) { return line.is_unreadable; });
  if (!unreadable && keep_damaged(folder / file.filename(), damaged)) return replayed(file, {});
  if (const int e = disk_.rename(file, folder / file.filename()); e < 0) {
    return disk_failed("move", file, e);
  }
  if (const int e = disk_.sync_folder(folder); e < 0) return disk_failed("sync", folder, e);
  return {};
}

Result<void> DeadLetters::keep_damaged(const fs::path& path, std::span<const DamagedLine> lines) {
  const int descriptor = disk_.open(path, O_RDWR | O_CREAT | O_TRUNC);
  if (descriptor < 0) return disk_failed("create", path, descriptor);
  const File file(disk_, descriptor);
  std::uint64_t offset = 0;
  for (const auto& line : lines) {
    const auto bytes = line.line + '\n';
    if (const int e = disk_.write(descriptor, bytes, offset); e < 0) {
      return disk_failed("write", path, e);
    }
    offset += bytes.size();
  }
  if (const int e = disk_.sync(descriptor); e < 0) return disk_failed("sync", path, e);
  if (const int e = disk_.sync_folder(path.parent_path()); e < 0) {
    return disk_failed("sync", path.parent_path(), e);
  }
  return {};
}

}  // namespace rs::delivery
