#include "spool/record.h"

#include <array>
#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace rs::spool {
namespace {

constexpr std::uint16_t kMark = 0xA7E5;
constexpr std::size_t kCheckAt = 2, kChecksumAt = 4, kLengthAt = 12, kSecondsAt = 16;

constexpr std::uint32_t kMoreBit = 1U << 31;

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "fields are copied as they lie in memory");

template <class T>
T load(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <class T>
void store(char* to, T value) {
  std::memcpy(to, &value, sizeof value);
}

std::uint32_t length_of(const char* header) {
  return load<std::uint32_t>(header + kLengthAt) & ~kMoreBit;
}

bool has_more(const char* header) {
  return (load<std::uint32_t>(header + kLengthAt) & kMoreBit) != 0;
}

// splitmix64's finisher: neighbouring positions get unrelated numbers.
std::uint64_t mixed(Position at) {
  std::uint64_t x = at.segment * 0x9E3779B97F4A7C15ULL + at.offset;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

std::uint16_t check_of(const char* header, std::uint64_t mix) {
  const auto fields = load<std::uint64_t>(header + kLengthAt);  // Length and seconds.
  return static_cast<std::uint16_t>(((fields ^ mix) * 0x9E3779B97F4A7C15ULL) >> 48);
}

// Mixed with the position, this is the checksum.
std::uint64_t hash_of(const char* header, std::size_t length) {
  return XXH3_64bits(header + kLengthAt, kRecordHeaderBytes - kLengthAt + length);
}

}  // namespace

void write_record(char* to, const Record& record) {
  const std::string_view row = record.row;
  store(to, kMark);
  store(to + kLengthAt, static_cast<std::uint32_t>(row.size()) | (record.more ? kMoreBit : 0));
  store(to + kSecondsAt, record.seconds);
  row.copy(to + kRecordHeaderBytes, row.size());
  // Here, where the row was just made: whoever writes it runs on another processor.
  store(to + kChecksumAt, hash_of(to, row.size()));
}

void seal_records(std::span<char> bytes, Position at) {
  for (std::size_t begin = 0; begin < bytes.size();) {
    char* header = bytes.data() + begin;
    const auto mix = mixed({at.segment, at.offset + begin});
    store(header + kCheckAt, check_of(header, mix));
    store(header + kChecksumAt, load<std::uint64_t>(header + kChecksumAt) ^ mix);
    begin += kRecordHeaderBytes + length_of(header);
  }
}

bool begins_record(std::string_view bytes, Position at) {
  return bytes.size() >= kRecordHeaderBytes && load<std::uint16_t>(bytes.data()) == kMark &&
         load<std::uint16_t>(bytes.data() + kCheckAt) == check_of(bytes.data(), mixed(at));
}

Found read_record(std::string_view bytes, std::uint64_t left, Position at, Record& record) {
  if (bytes.size() < kRecordHeaderBytes) {
    if (bytes.size() < left) return Found::kMore;
    const bool written = bytes.find_first_not_of('\0') != std::string_view::npos;
    return written ? Found::kDamage : Found::kNothing;
  }
  const char* header = bytes.data();
  constexpr std::array<char, kRecordHeaderBytes> kZeros{};
  if (std::memcmp(header, kZeros.data(), kZeros.size()) == 0) return Found::kNothing;
  if (!begins_record(bytes, at)) return Found::kDamage;
  const std::uint64_t length = length_of(header);
  if (length > kRowBytesMax || kRecordHeaderBytes + length > left) return Found::kDamage;
  if (kRecordHeaderBytes + length > bytes.size()) return Found::kMore;
  if (load<std::uint64_t>(header + kChecksumAt) != (hash_of(header, length) ^ mixed(at))) {
    return Found::kDamage;
  }
  record.row = bytes.substr(kRecordHeaderBytes, length);
  record.seconds = load<std::uint32_t>(header + kSecondsAt);
  record.more = has_more(header);
  return Found::kRecord;
}

std::size_t find_mark(std::string_view bytes, std::size_t from) {
  std::array<char, sizeof kMark> mark{};
  store(mark.data(), kMark);
  const auto at = bytes.find(std::string_view(mark.data(), mark.size()), from);
  return at == std::string_view::npos ? bytes.size() : at;
}

Record take_record(std::string_view& bytes) {
  const char* header = bytes.data();
  const Record record{bytes.substr(kRecordHeaderBytes, length_of(header)),
                      load<std::uint32_t>(header + kSecondsAt), has_more(header)};
  bytes.remove_prefix(record.size());
  return record;
}

}  // namespace rs::spool
