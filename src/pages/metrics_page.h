#pragma once
// What /metrics answers on one request thread. Measuring and encoding cost some 100 us, which is a
// lot for a request of 55 bytes: each thread does it at most 200 times a second, after a first 100
// at once. Whoever asks more often gets the last page again, 5 ms old. Not thread-safe.

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "coding/body_encoder.h"
#include "coding/content_coding.h"
#include "http/message.h"

namespace rs::pages {

class MetricsPage {
 public:
  static constexpr std::int64_t kBurst = 100;
  static constexpr std::int64_t kMicrosEach = 5'000;

  // `measure` gives the text of now; it outlives the page.
  explicit MetricsPage(const std::function<std::string()>& measure) : measure_(measure) {}

  void fill(std::int64_t now_micros, const http::Request& request, http::Response& response);

 private:
  [[nodiscard]] bool may_measure(std::int64_t now_micros);
  const std::string& in_coding(coding::Coding coding);

  const std::function<std::string()>& measure_;
  coding::BodyEncoder encoder_;
  std::string text_;
  std::array<std::string, 2> encoded_;  // In gzip and br; empty until asked for.
  std::int64_t paid_until_ = 0;         // What has been measured is paid for by then.
};

}  // namespace rs::pages
