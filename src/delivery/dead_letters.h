#pragma once
// Rows that the destination will never take, kept with the reason: DATA_DIR/dead-letters/DAY.jsonl,
// one JSON object a line: time, sink, reason, attempts, row (readable), encoded (base64 of the
// wire bytes, which is what a replay writes). What never was a row has null for the row, nothing
// for encoded, and as `message` what it was.
//   DAY.jsonl           kept by append(), durable before it returns, at most `max_bytes` together
//   replay/DAY-N.jsonl  set aside to be written again; removed once all of its rows are decided
//   damaged/NAME        lines of a replayed file that cannot be read
// Any number of processes may use one folder: a lock file orders them. Thread-safe.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "spool/disk.h"

namespace rs::delivery {

struct DeadLetter {
  std::string_view encoded;
  std::string_view reason;
  unsigned attempts;
  std::string_view message{};  // A JSON object in place of a row, which `encoded` then is not.
};

// One line of a file, read back.
struct KeptLetter {
  std::string time, sink, reason;
  std::int64_t attempts = 0;
  std::string row;      // JSON text.
  std::string encoded;  // Wire bytes.
  std::string message;  // JSON text, if it is no row.
  std::string line;     // As it is kept.
  bool is_set_aside = false;
};

// A line that is not a dead letter, or where the disk refuses to read on.
struct DamagedLine {
  std::filesystem::path file;
  std::size_t number = 0;  // From 1.
  std::string line;        // As far as it can be read.
  std::string mistake;
  bool is_unreadable = false;  // By the disk: what follows it in the file is not known.

  [[nodiscard]] std::string text() const;  // FILE:NUMBER: MISTAKE
};

struct LetterReader {
  std::function<void(const KeptLetter&)> letter;
  std::function<void(const DamagedLine&)> damaged;
};

class DeadLetters {
 public:
  static constexpr std::uint64_t kNoBound = std::numeric_limits<std::uint64_t>::max();

  // `disk` outlives it. Beyond `max_bytes` append() refuses; files set aside do not count.
  DeadLetters(spool::Disk& disk, std::filesystem::path folder, std::uint64_t max_bytes = kNoBound)
      : disk_(disk), folder_(std::move(folder)), max_bytes_(max_bytes) {}

  // All of `letters` or, with an Error, none (a disk that fails may keep some, and a retry then
  // keeps them twice). kOverloaded: they take as much room as they may.
  enum class Bound : std::uint8_t { kHolds, kIgnored };
  [[nodiscard]] Result<void> append(std::string_view sink, std::span<const DeadLetter> letters,
                                    Bound bound = Bound::kHolds);

  // Every kept letter, those set aside first, oldest file first. Damaged lines are skipped, and so
  // is the beginning of a last line that was never written whole. A file that another process
  // removes meanwhile has been written again.
  void read(const LetterReader& reader) const;

  // Deletes all kept letters, also those set aside, and the damaged lines. Returns how many there
  // were.
  [[nodiscard]] Result<std::size_t> drop();

  // Sets all letters aside to be written again: they move to the subfolder `replay`, from where a
  // replay takes them. False when there were none.
  [[nodiscard]] Result<bool> set_aside() const;

  // Files set aside and not yet written again (also by a process that died meanwhile).
  [[nodiscard]] std::vector<std::filesystem::path> set_aside_files() const;

  // As read(), for one file. Its last line is never half a line: it was set aside.
  void read_set_aside(const std::filesystem::path& file, const LetterReader& reader) const;
  // All rows of `file` are decided, and it is removed. Its damaged lines are kept in the subfolder
  // `damaged`: copied or, where that is not possible, with the whole file.
  [[nodiscard]] Result<void> replayed(const std::filesystem::path& file,
                                      std::span<const DamagedLine> damaged);

  // What append() has kept, in bytes, when look() last looked, or append() last wrote.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  void look() { bytes_ = bytes_of_files(); }
  [[nodiscard]] std::uint64_t max_bytes() const { return max_bytes_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  class Lock;

  Result<void> keep_damaged(const std::filesystem::path& file, std::span<const DamagedLine> lines);
  [[nodiscard]] std::uint64_t bytes_of_files() const;
  Result<void> make_folder_once() REQUIRES(mutex_);
  Result<void> write(int file, const std::filesystem::path& path, std::uint64_t start,
                     std::string_view sink, std::span<const DeadLetter> letters, Bound bound);

  spool::Disk& disk_;
  const std::filesystem::path folder_;
  const std::uint64_t max_bytes_;
  std::atomic<std::uint64_t> bytes_{0};
  Mutex mutex_;  // One append at a time. No request thread takes it.
  bool folder_is_durable_ GUARDED_BY(mutex_) = false;
  std::filesystem::path durable_file_ GUARDED_BY(mutex_);  // Whose name is.
};

}  // namespace rs::delivery
