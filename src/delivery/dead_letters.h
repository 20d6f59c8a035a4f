#pragma once
// Rows that the destination will never take, kept with the reason: DATA_DIR/dead-letters/DAY.jsonl,
// one JSON object a line: time, sink, reason, attempts, row (readable), encoded (base64 of the
// wire bytes, which is what a replay writes). What never was a row has null for the row, nothing
// for encoded, and as `message` what it was. Synced to disk before append() returns. Any number of
// processes may use one folder: a lock file orders them. Thread-safe.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

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
};

class DeadLetters {
 public:
  explicit DeadLetters(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // All of `letters` or, with an Error, possibly some of them (a retry may keep one twice).
  [[nodiscard]] Result<void> append(std::string_view sink, std::span<const DeadLetter> letters);

  // Calls `each` with every kept letter, oldest file first. A line that cannot be read is an
  // Error that names file and line; letters before it have been passed on. The beginning of a last
  // line that was never written whole is no letter.
  [[nodiscard]] Result<void> read(const std::function<void(const KeptLetter&)>& each) const;

  // Deletes all kept letters. Returns how many there were.
  [[nodiscard]] Result<std::size_t> drop();

  // Sets all letters aside to be written again: they move to the subfolder `replay`, from where a
  // replay takes them. False when there were none.
  [[nodiscard]] Result<bool> set_aside() const;

  // Files set aside and not yet written again (also by a process that died meanwhile).
  [[nodiscard]] std::vector<std::filesystem::path> set_aside_files() const;

  // As read(), for one file.
  [[nodiscard]] static Result<void> read_file(const std::filesystem::path& file,
                                              const std::function<void(const KeptLetter&)>& each);

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  [[nodiscard]] std::vector<std::filesystem::path> files() const;

  const std::filesystem::path folder_;
};

}  // namespace rs::delivery
