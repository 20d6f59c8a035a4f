#include "http/field_names.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
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

static_assert(std::endian::native == std::endian::little, "names are compared as words");

constexpr unsigned kTableBits = 8;
constexpr std::size_t kShortest = 4;
constexpr std::uint64_t kLowerCase = 0x2020202020202020;

// Setting bit 5 makes letters lower-case and leaves '-' and digits. No other tchar becomes a
// letter or '-' by it, so comparing with the bit set is exact for valid names.
constexpr std::uint64_t word_at(std::string_view name, std::size_t at, std::size_t size) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < size; ++i) {
    word |= static_cast<std::uint64_t>(static_cast<unsigned char>(name[at + i])) << (8 * i);
  }
  return word;
}

// Both ends of a name; with its length it tells all known names apart.
constexpr std::uint64_t key_of(std::string_view name) {
  return word_at(name, 0, 4) | word_at(name, name.size() - 4, 4) << 32 | kLowerCase;
}

constexpr std::size_t place(std::uint64_t key, std::size_t size, std::uint64_t factor) {
  return static_cast<std::size_t>(((key ^ size) * factor) >> (64 - kTableBits));
}

constexpr bool is_perfect(std::uint64_t factor) {
  std::array<bool, 1U << kTableBits> taken{};
  for (const auto name : kNames) {
    bool& slot = taken[place(key_of(name), name.size(), factor)];
    if (slot) return false;
    slot = true;
  }
  return true;
}

constexpr std::uint64_t find_factor() {
  std::uint64_t factor = 0x9e3779b97f4a7c15;  // 2^64 by the golden ratio; any odd number will do.
  while (!is_perfect(factor)) factor = factor * 6364136223846793005 + 1442695040888963407;
  return factor;
}
constexpr std::uint64_t kFactor = find_factor();

struct alignas(64) Entry {
  std::uint64_t key = 0;
  std::size_t size = 0;
  FieldId id = kOtherField;
  std::array<char, 32> name{};
};

constexpr std::array<Entry, 1U << kTableBits> make_table() {
  std::array<Entry, 1U << kTableBits> table{};
  for (FieldId id = 0; id < kFieldCount; ++id) {
    const auto name = kNames[id];
    Entry& entry = table[place(key_of(name), name.size(), kFactor)];
    entry.key = key_of(name);
    entry.size = name.size();
    entry.id = id;
    for (std::size_t i = 0; i < name.size(); ++i) entry.name[i] = name[i];
  }
  return table;
}
constexpr std::array<Entry, 1U << kTableBits> kTable = make_table();

template <class Word>
std::uint64_t load(const char* from) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

}  // namespace

FieldId find_field(std::string_view name) {
  const std::size_t size = name.size();
  if (size < kShortest) return kOtherField;
  const char* end = name.data() + size;
  const std::uint64_t key =
      load<std::uint32_t>(name.data()) | load<std::uint32_t>(end - 4) << 32 | kLowerCase;
  const Entry& entry = kTable[place(key, size, kFactor)];
  if (entry.key != key || entry.size != size) return kOtherField;
  if (size <= 8) return entry.id;
  // Both ends are the same. The last word again, with its neighbours, then what lies before it.
  const auto differ = [&](std::size_t at) {
    return (load<std::uint64_t>(name.data() + at) | kLowerCase) ^
           load<std::uint64_t>(entry.name.data() + at);
  };
  std::uint64_t difference = differ(size - 8);
  for (std::size_t at = 4; at < size - 8; at += 8) difference |= differ(at);
  return difference == 0 ? entry.id : kOtherField;
}

std::string_view field_name(FieldId id) {
  return kNames[id];
}

}  // namespace rs::http
