#include "event/key_table.h"

#include <algorithm>
#include <bit>

#include <sys/random.h>
#include <xxhash.h>

namespace rs::event {
namespace {

std::uint64_t process_secret() {
  static const std::uint64_t secret = [] {
    std::uint64_t value = 0;
    // Eight bytes are always given whole; without them the hash is merely guessable.
    if (getrandom(&value, sizeof value, 0) != sizeof value) value = 0x9e3779b97f4a7c15;
    return value;
  }();
  return secret;
}

}  // namespace

void KeyTable::start(std::size_t keys_max) {
  const std::size_t size = std::bit_ceil(2 * keys_max + 1);  // At least half stay free.
  mask_ = size - 1;
  if (slots_.size() < size) slots_.resize(size);
  std::fill_n(slots_.begin(), size, Slot{});
}

std::size_t KeyTable::add(std::string_view key, std::size_t number) {
  if (key.data() == nullptr) key = "";
  std::size_t at = XXH3_64bits_withSeed(key.data(), key.size(), process_secret()) & mask_;
  for (; slots_[at].key.data() != nullptr; at = (at + 1) & mask_) {
    if (slots_[at].key == key) return slots_[at].number;
  }
  slots_[at] = {key, number};
  return number;
}

}  // namespace rs::event
