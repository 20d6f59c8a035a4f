#include "device/word_index.h"

namespace rs::device {

WordIndex::Table::Table(std::span<const Gram> slots)
    : slots_(slots), filter_((std::size_t{1} << kFilterBits) / 64) {
  for (const Gram& slot : slots) {
    if (slot.words.count == 0) continue;
    const std::uint32_t bit = gram_hash(slot.bytes) >> (32 - kFilterBits);
    filter_[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }
}

WordIndex::WordIndex(const Database& database)
    : words_(database.records<Word>(Section::kWords)),
      strings_(database.records<char>(Section::kStrings).data()),
      four_(database.records<Gram>(Section::kGrams4)),
      three_(database.records<Gram>(Section::kGrams3)) {}

}  // namespace rs::device
