#pragma once
// Bytes that grow at the end and are used up from the front. kPadding readable bytes always
// follow the last one, so that vector code may read past it. Memory is not cleared.
// Not thread-safe.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <memory>
#include <string_view>

namespace rs::coding {

class ByteBuffer {
 public:
  static constexpr std::size_t kPadding = 64;
  static constexpr std::size_t kUnknown = std::numeric_limits<std::size_t>::max();

  [[nodiscard]] char* data() { return bytes_.get(); }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::string_view view() const { return {bytes_.get(), size_}; }

  // Room for at least `count` more bytes at the returned address; say how many came by extend().
  // `final_size` is the size it will not grow beyond, when that is known.
  char* reserve(std::size_t count, std::size_t final_size = kUnknown) {
    if (capacity_ - size_ < count) grow(count, final_size);
    return bytes_.get() + size_;
  }
  [[nodiscard]] std::size_t room() const { return capacity_ - size_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  void extend(std::size_t count) { size_ += count; }

  void append(std::string_view text) {
    if (text.empty()) return;
    std::memcpy(reserve(text.size()), text.data(), text.size());
    size_ += text.size();
  }

  void truncate(std::size_t size) { size_ = size; }
  void drop_front(std::size_t count) {
    if (count == 0) return;
    size_ -= count;
    std::memmove(bytes_.get(), bytes_.get() + count, size_);
  }
  void clear() { size_ = 0; }
  // Gives the memory back: an idle connection must cost next to nothing.
  void release() {
    bytes_.reset();
    size_ = capacity_ = 0;
  }

 private:
  // Doubling keeps what a client can make us hold in proportion to what it sent.
  void grow(std::size_t count, std::size_t final_size) {
    const std::size_t capacity = std::max(size_ + count, std::min(capacity_ * 2, final_size));
    auto bytes = std::make_unique_for_overwrite<char[]>(capacity + kPadding);
    if (size_ > 0) std::memcpy(bytes.get(), bytes_.get(), size_);
    // The padding is read, never looked at; cleared so that checkers agree.
    std::memset(bytes.get() + capacity, 0, kPadding);
    bytes_ = std::move(bytes);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace rs::coding
