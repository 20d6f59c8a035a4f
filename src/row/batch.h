#pragma once
// Encoded rows side by side in one buffer: what moves from the request threads to a sink.
// A batch grows by append() until it is sealed (by its owner no longer appending); from then on
// it is immutable, and it is the unit of retry. Not thread-safe while it grows.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rs::row {

// One encoded row, where the rows of a request are asked for. Valid as long as `encoded`.
[[nodiscard]] inline std::array<std::string_view, 1> one_row(std::string_view encoded) {
  return {encoded};
}

class Batch {
 public:
  // `encoded` is one row as wire bytes of proto/event.proto, message Row.
  void append(std::string_view encoded) {
    bytes_.append(encoded);
    ends_.push_back(bytes_.size());
  }
  void reserve(std::size_t rows, std::size_t bytes) {
    ends_.reserve(rows);
    bytes_.reserve(bytes);
  }

  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  [[nodiscard]] bool empty() const { return ends_.empty(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }
  // Bytes of memory kept for rows, used or not.
  [[nodiscard]] std::size_t capacity() const { return bytes_.capacity(); }
  // Of all rows before this one; of all rows when `index` is size().
  [[nodiscard]] std::size_t bytes_before(std::size_t index) const {
    return index == 0 ? 0 : ends_[index - 1];
  }
  [[nodiscard]] std::string_view operator[](std::size_t index) const {
    const std::size_t start = bytes_before(index);
    return std::string_view(bytes_).substr(start, ends_[index] - start);
  }
  void clear() {
    bytes_.clear();
    ends_.clear();
  }

 private:
  std::string bytes_;
  std::vector<std::size_t> ends_;  // Of each row, in bytes_.
};

}  // namespace rs::row
