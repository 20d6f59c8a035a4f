#pragma once
// Scratch memory for one request: decoded text that a Row's views point into.
// Grows by blocks that are kept and reused, so a warm arena never allocates.
// Not thread-safe: one per request thread. clear() ends the life of everything handed out.

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

namespace rs {

class Arena {
 public:
  // `size` bytes, aligned for any scalar. Valid until clear().
  [[nodiscard]] char* allocate(std::size_t size) {
    constexpr std::size_t kAlign = alignof(std::max_align_t);
    size = (size + kAlign - 1) & ~(kAlign - 1);
    while (block_ < blocks_.size()) {
      Block& block = blocks_[block_];
      if (block.size - used_ >= size) {
        char* start = block.bytes.get() + used_;
        used_ += size;
        return start;
      }
      ++block_;
      used_ = 0;
    }
    const std::size_t grown = size > kBlock ? size : kBlock;
    blocks_.push_back({std::unique_ptr<char[]>(new char[grown]), grown});
    used_ = size;
    return blocks_.back().bytes.get();
  }

  // An uninitialised array of `count` T.
  template <class T>
  [[nodiscard]] T* allocate_array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>, "the arena never runs destructors");
    return reinterpret_cast<T*>(allocate(count * sizeof(T)));
  }

  [[nodiscard]] std::string_view copy(std::string_view text) {
    if (text.empty()) return std::string_view("");
    char* start = allocate(text.size());
    std::memcpy(start, text.data(), text.size());
    return {start, text.size()};
  }

  // Blocks beyond the first megabyte are returned, so one huge request is not paid for ever.
  void clear() {
    std::size_t kept = 0, index = 0;
    while (index < blocks_.size() && kept < kKeep) kept += blocks_[index++].size;
    blocks_.resize(index);
    block_ = used_ = 0;
  }

 private:
  static constexpr std::size_t kBlock = 16'384, kKeep = 1'048'576;  // Bytes.
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size;
  };
  std::vector<Block> blocks_;
  std::size_t block_ = 0;  // The block in use; those before it are full.
  std::size_t used_ = 0;   // Bytes of it handed out.
};

}  // namespace rs
