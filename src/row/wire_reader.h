#pragma once
// Reads protobuf wire bytes (protobuf.dev/programming-guides/encoding), value after value.
// Never reads outside its bytes. A member that returns false met malformed bytes: truncated, a
// varint of more than 64 bits, a field number of 0 or above 2^29 - 1, a group. Then its result and
// the position are unspecified and the reader must be left. Texts are views of the bytes.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace rs::row {

enum class WireType : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct WireTag {
  std::uint32_t number = 0;  // Of the field.
  WireType type = WireType::kVarint;
};

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }

  [[nodiscard]] bool tag(WireTag& tag) {
    std::uint64_t value = 0;
    if (!varint(value) || value >> 3 == 0 || value > UINT32_MAX) return false;
    const auto type = static_cast<std::uint8_t>(value & 7);
    if (type > 5 || type == 3 || type == 4) return false;
    tag = {static_cast<std::uint32_t>(value >> 3), static_cast<WireType>(type)};
    return true;
  }

  [[nodiscard]] bool varint(std::uint64_t& value) {
    value = 0;
    for (std::size_t i = 0; i < rest_.size() && i < 10; ++i) {
      const auto byte = static_cast<std::uint8_t>(rest_[i]);
      if (i == 9 && byte > 1) return false;
      value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
      if (byte < 0x80) {
        rest_.remove_prefix(i + 1);
        return true;
      }
    }
    return false;
  }

  [[nodiscard]] bool fixed64(std::uint64_t& value) {
    static_assert(std::endian::native == std::endian::little, "the wire is little-endian");
    if (rest_.size() < sizeof value) return false;
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return true;
  }

  // What follows a tag of type kBytes: text, or the encoded fields of a message.
  [[nodiscard]] bool bytes(std::string_view& value) {
    std::uint64_t size = 0;
    if (!varint(size) || size > rest_.size()) return false;
    value = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(value.size());
    return true;
  }

  // Passes over the value that follows a tag of this type.
  [[nodiscard]] bool skip(WireType type) {
    std::uint64_t number = 0;
    std::string_view text;
    switch (type) {
      case WireType::kVarint:
        return varint(number);
      case WireType::kFixed64:
        return fixed64(number);
      case WireType::kBytes:
        return bytes(text);
      case WireType::kFixed32:
        if (rest_.size() < 4) return false;
        rest_.remove_prefix(4);
        return true;
    }
    return false;
  }

 private:
  std::string_view rest_;
};

}  // namespace rs::row
