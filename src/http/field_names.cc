#include "http/field_names.h"

#include <array>
#include <bit>
#include <cstring>

namespace rs::http {
namespace {

// In the order of Known, then of the server's own fields.
constexpr std::array<std::string_view, kFieldCount> kNames = {
    "host",
    "origin",
    "cookie",
    "user-agent",
    "accept-language",
    "accept-encoding",
    "content-encoding",
    "content-type",
    "x-forwarded-for",
    "x-client-geo-country",
    "x-client-geo-state",
    "x-client-geo-city",
    "x-cloud-trace-context",
    "if-none-match",
    "access-control-request-method",
    "access-control-request-headers",
    "referer",
    "x-requested-with",
    "sec-ch-ua",
    "sec-ch-ua-mobile",
    "sec-ch-ua-platform",
    "sec-ch-ua-platform-version",
    "sec-ch-ua-model",
    "sec-ch-ua-full-version-list",
    "sec-ch-ua-full-version",
    "sec-ch-ua-form-factors",
    "sec-ch-ua-arch",
    "sec-ch-ua-bitness",
    "content-length",
    "transfer-encoding",
    "connection",
    "expect",
};

constexpr unsigned kTableBits = 8;
constexpr std::uint64_t kLowerCase = 0x2020202020202020;

// Setting bit 5 makes letters lower-case and leaves '-' and digits. No other tchar becomes a
// letter or '-' by it, so comparing with the bit set is exact for valid names.
constexpr std::uint32_t letters(const char* name, std::size_t size) {
  const auto letter = [name](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(name[i] | 0x20));
  };
  return static_cast<std::uint32_t>(size) | letter(0) << 8 | letter(size / 2) << 16 |
         letter(size - 1) << 24;
}

constexpr std::uint32_t place(std::uint32_t letters, std::uint32_t factor) {
  return (letters * factor) >> (32 - kTableBits);
}

constexpr bool is_perfect(std::uint32_t factor) {
  std::array<bool, 1U << kTableBits> taken{};
  for (const auto name : kNames) {
    bool& slot = taken[place(letters(name.data(), name.size()), factor)];
    if (slot) return false;
    slot = true;
  }
  return true;
}

constexpr std::uint32_t find_factor() {
  std::uint32_t factor = 0x9e3779b1;  // 2^32 divided by the golden ratio; any odd number will do.
  while (!is_perfect(factor)) factor = factor * 1664525 + 1013904223;
  return factor;
}
constexpr std::uint32_t kFactor = find_factor();

struct Entry {
  std::uint64_t words[4] = {};  // The name in lower case, padded with zeros.
  std::size_t size = 0;
  FieldId id = kOtherField;
};

constexpr std::array<Entry, 1U << kTableBits> make_table() {
  std::array<Entry, 1U << kTableBits> table{};
  for (FieldId id = 0; id < kFieldCount; ++id) {
    const auto name = kNames[id];
    Entry& entry = table[place(letters(name.data(), name.size()), kFactor)];
    entry.size = name.size();
    entry.id = id;
    for (std::size_t i = 0; i < name.size(); ++i) {
      entry.words[i / 8] |= static_cast<std::uint64_t>(static_cast<unsigned char>(name[i]))
                            << (i % 8 * 8);
    }
  }
  return table;
}
constexpr std::array<Entry, 1U << kTableBits> kTable = make_table();
static_assert(std::endian::native == std::endian::little, "names are compared as words");

}  // namespace

FieldId find_field(std::string_view name) {
  const Entry& entry = kTable[place(letters(name.data(), name.size()), kFactor)];
  if (entry.size != name.size()) return kOtherField;
  const auto differ = [&](std::size_t at) {
    std::uint64_t word;
    std::memcpy(&word, name.data() + at, 8);
    return (word | kLowerCase) ^ entry.words[at / 8];
  };
  std::uint64_t difference = 0;
  std::size_t at = 0;
  for (; at + 8 <= name.size(); at += 8) difference |= differ(at);
  if (const std::size_t left = name.size() - at; left > 0) {
    difference |= differ(at) << (64 - left * 8);  // The bytes behind the name fall out.
  }
  return difference == 0 ? entry.id : kOtherField;
}

std::string_view field_name(FieldId id) {
  return kNames[id];
}

}  // namespace rs::http
