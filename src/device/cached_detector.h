#pragma once
// A detector that remembers: sites see the same few thousand user agents all day, and an answer is
// asked for again long before it has changed. Keyed by the user agent and every hint, as a 128-bit
// hash with a secret of the process, so that nobody can aim at another's answer. One thread's, as
// the detector in it. Holds `entries` answers at most (about 0.5 KB each, resident only once used);
// with 0 it never remembers. Answers whose texts are unusually long are not kept.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "device/client_hints.h"
#include "device/detection.h"
#include "device/detector.h"

namespace rs::device {

inline constexpr std::size_t kHintCount = static_cast<std::size_t>(Hint::kFormFactors) + 1;

// As it came in a request. Null data() for a header that is absent.
struct Question {
  std::string_view user_agent;
  std::array<std::string_view, kHintCount> headers;  // By Hint.

  std::string_view& operator[](Hint hint) { return headers[static_cast<std::size_t>(hint)]; }
};

class CachedDetector {
 public:
  // `data` outlives it.
  [[nodiscard]] static Result<std::unique_ptr<CachedDetector>> create(const DeviceData& data,
                                                                      std::size_t entries);
  ~CachedDetector();

  // Valid until the next call, and as long as the question's texts.
  [[nodiscard]] const Detection& detect(const Question& question);
  // Whether the last answer was remembered.
  [[nodiscard]] bool was_cached() const { return was_cached_; }

 private:
  class Cache;
  struct Key;
  CachedDetector(const DeviceData& data, std::unique_ptr<Detector> detector, std::size_t entries);
  [[nodiscard]] Key key_of(const Question& question);

  const DeviceData& data_;
  std::unique_ptr<Detector> detector_;
  std::unique_ptr<Cache> cache_;
  std::unique_ptr<char[]> joined_;
  std::array<unsigned char, 192> secret_{};  // Of the process: XXH3_SECRET_DEFAULT_SIZE bytes.
  ClientHints hints_;
  bool was_cached_ = false;
};

}  // namespace rs::device
