#pragma once
// Writes protobuf wire bytes (protobuf.dev/programming-guides/encoding) into memory that is reused.
// The position travels as an argument and a return value, so that it stays in a register:
//   at = out.text<3>(at, "page_view");
// Not thread-safe. Every position becomes invalid with the next write: only the latest counts.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace rs::row {

// What a WireWriter writes into; grows, never shrinks by itself.
struct WireBuffer {
  std::unique_ptr<char[]> bytes;
  std::size_t size = 0;
};

class WireWriter {
 public:
  explicit WireWriter(WireBuffer& buffer) : buffer_(buffer) {
    if (buffer_.size == 0) (void)grow(nullptr, kFirstSize);
    end_ = buffer_.bytes.get() + buffer_.size;
  }
  WireWriter(const WireWriter&) = delete;
  WireWriter& operator=(const WireWriter&) = delete;

  [[nodiscard]] char* start() { return buffer_.bytes.get(); }
  [[nodiscard]] std::size_t offset(const char* at) const {
    return static_cast<std::size_t>(at - buffer_.bytes.get());
  }
  // All that was written; valid as long as the buffer is left alone.
  [[nodiscard]] std::string_view finish(const char* at) const {
    return {buffer_.bytes.get(), offset(at)};
  }

  template <std::uint32_t kNumber>
  [[nodiscard]] char* text(char* at, std::string_view value) {
    at = put_tag<kNumber, 2>(reserve(at, value.size() + kScalarMax));
    at = put_varint(at, value.size());
    copy(at, value);
    return at + value.size();
  }
  template <std::uint32_t kNumber>
  [[nodiscard]] char* integer(char* at, std::int64_t value) {
    at = put_tag<kNumber, 0>(reserve(at, kScalarMax));
    return put_varint(at, static_cast<std::uint64_t>(value));
  }
  template <std::uint32_t kNumber>
  [[nodiscard]] char* boolean(char* at, bool value) {
    at = put_tag<kNumber, 0>(reserve(at, kScalarMax));
    *at = value ? 1 : 0;
    return at + 1;
  }
  template <std::uint32_t kNumber>
  [[nodiscard]] char* fraction(char* at, double value) {
    static_assert(std::endian::native == std::endian::little, "the wire is little-endian");
    at = put_tag<kNumber, 1>(reserve(at, kScalarMax));
    std::memcpy(at, &value, sizeof value);
    return at + sizeof value;
  }

  // A nested message: its fields are written from open() on; close() is told where they start
  // (as an offset, since the buffer may move) and end. One byte is kept for their length, and they
  // move up when it needs more: cheaper than measuring every message first, as most are short.
  template <std::uint32_t kNumber>
  [[nodiscard]] char* open(char* at) {
    return put_tag<kNumber, 2>(reserve(at, kScalarMax)) + 1;
  }
  [[nodiscard]] char* close(std::size_t start, char* at) {
    const std::size_t length = offset(at) - start;
    char* first = buffer_.bytes.get() + start;
    if (length < 0x80) {
      first[-1] = static_cast<char>(length);
      return at;
    }
    return close_long(start, length);
  }

 private:
  // Bytes of a tag of up to 5 and a varint of up to 10.
  static constexpr std::size_t kScalarMax = 16;
  static constexpr std::size_t kFirstSize = 4096;

  [[nodiscard]] char* reserve(char* at, std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - at) >= bytes) [[likely]]
      return at;
    return grow(at, bytes);
  }

  template <std::uint32_t kNumber, std::uint32_t kWireType>
  [[nodiscard]] static char* put_tag(char* at) {
    constexpr std::uint32_t kTag = kNumber << 3 | kWireType;
    static_assert(kTag < 1U << 14, "a field number above 2047");
    if constexpr (kTag < 0x80) {
      *at = static_cast<char>(kTag);
      return at + 1;
    } else {
      at[0] = static_cast<char>(kTag | 0x80);
      at[1] = static_cast<char>(kTag >> 7);
      return at + 2;
    }
  }

  [[nodiscard]] static char* put_varint(char* at, std::uint64_t value) {
    while (value >= 0x80) {
      *at++ = static_cast<char>(value | 0x80);
      value >>= 7;
    }
    *at++ = static_cast<char>(value);
    return at;
  }

  template <class Word>
  static void copy_ends(char* to, const char* from, std::size_t size) {
    Word head, tail;
    std::memcpy(&head, from, sizeof head);
    std::memcpy(&tail, from + size - sizeof tail, sizeof tail);
    std::memcpy(to, &head, sizeof head);
    std::memcpy(to + size - sizeof tail, &tail, sizeof tail);
  }

  // Most values are short, and a call of memcpy costs more than moving them as two words that
  // overlap.
  static void copy(char* to, std::string_view value) {
    struct Block {
      std::uint64_t words[2];
    };
    const std::size_t size = value.size();
    if (size > 32) {
      std::memcpy(to, value.data(), size);
    } else if (size > 16) {
      copy_ends<Block>(to, value.data(), size);
    } else if (size >= 8) {
      copy_ends<std::uint64_t>(to, value.data(), size);
    } else if (size >= 4) {
      copy_ends<std::uint32_t>(to, value.data(), size);
    } else if (size >= 2) {
      copy_ends<std::uint16_t>(to, value.data(), size);
    } else if (size == 1) {
      *to = value.front();
    }
  }

  // Moves what is written to a larger buffer with room for `bytes` more. Returns the new position.
  [[nodiscard]] char* grow(char* at, std::size_t bytes);
  [[nodiscard]] char* close_long(std::size_t start, std::size_t length);

  WireBuffer& buffer_;
  char* end_ = nullptr;
};

}  // namespace rs::row
