#pragma once
// What is said of rejected rows: a WARNING for each kind of reason, at most one a minute. Reasons
// are a destination's words and may quote a row, so a kind is a reason without what is in quotes
// and without digits. One thread at a time.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rs::delivery {

class RejectLog {
 public:
  using Clock = std::chrono::steady_clock;

  // `by`: who rejects, such as "Sink bigquery".
  explicit RejectLog(std::string by) : by_(std::move(by)) {}

  // `rows` were rejected for `reason`.
  void add(std::string_view reason, std::size_t rows = 1) { new_[kind_of(reason)] += rows; }
  // The lines that are due for what was added; what is not said now is counted in a later line.
  [[nodiscard]] std::vector<std::string> take(Clock::time_point now);
  // The same, logged.
  void log();

  [[nodiscard]] static std::string kind_of(std::string_view reason);

 private:
  struct Kind {
    std::uint64_t rows = 0;  // Since the last line.
    Clock::time_point said;
    bool is_said = false;
  };

  const std::string by_;
  std::map<std::string, std::uint64_t> new_;
  std::map<std::string, Kind> kinds_;
};

}  // namespace rs::delivery
