#pragma once
// The integer at the end of the streaming path, in the one spelling that reaches a row.

#include <array>
#include <optional>
#include <string_view>

namespace rs::collect {

class StreamId {
 public:
  // Nothing unless `text` is a whole number of int64, perhaps with a sign and leading zeros (which
  // FastAPI takes as well, and which are dropped).
  [[nodiscard]] static std::optional<StreamId> parse(std::string_view text);

  [[nodiscard]] std::string_view text() const { return {digits_.data(), size_}; }

 private:
  std::array<char, 20> digits_{};  // -9223372036854775808
  std::size_t size_ = 0;
};

}  // namespace rs::collect
