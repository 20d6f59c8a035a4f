#include "spool/position_file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include <fcntl.h>

#include "obs/log.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace rs::spool {
namespace {

// A slot has a block of its own: a torn write of one cannot touch the other.
constexpr std::uint64_t kSlotBytes = 4096;

struct Slot {
  char magic[8] = {'R', 'S', 'P', 'O', 'S', '0', '1', '\n'};
  std::uint64_t sequence = 0, segment = 0, offset = 0, rows = 0;
  std::uint64_t unused[2] = {};
  std::uint64_t checksum = 0;  // Of all before it.
};
static_assert(sizeof(Slot) == 64);

std::uint64_t checksum_of(const Slot& slot) {
  return XXH3_64bits(&slot, offsetof(Slot, checksum));
}

bool is_whole(const Slot& slot) {
  return std::memcmp(slot.magic, Slot{}.magic, sizeof slot.magic) == 0 &&
         slot.checksum == checksum_of(slot);
}

}  // namespace

Result<void> PositionFile::open(bool create) {
  const int flags = create ? O_RDWR | O_CREAT : O_RDONLY;
  const int descriptor = disk_.open(path_, flags);
  if (descriptor == -ENOENT) return {};
  if (descriptor < 0) return disk_failed("open", path_, descriptor);
  file_ = File(disk_, descriptor);
  for (std::uint64_t i = 0; i < 2; ++i) {
    Slot slot;
    const auto got =
        disk_.read(file_.get(), reinterpret_cast<char*>(&slot), sizeof slot, i * kSlotBytes);
    if (got < 0) {
      RS_LOG(kError, "{}", disk_failed("read a slot of", path_, got).value().message);
    }
    if (got != sizeof slot || !is_whole(slot) || slot.sequence < sequence_) continue;
    sequence_ = slot.sequence;
    position_ = {slot.segment, slot.offset};
    rows_ = slot.rows;
  }
  return {};
}

Result<void> PositionFile::write(Position position, std::uint64_t rows) {
  Slot slot;
  slot.sequence = sequence_ + 1;
  slot.segment = position.segment;
  slot.offset = position.offset;
  slot.rows = rows;
  slot.checksum = checksum_of(slot);
  block_.resize(kSlotBytes);
  std::memcpy(block_.data(), &slot, sizeof slot);
  const int written = disk_.write(file_.get(), block_, slot.sequence % 2 * kSlotBytes);
  if (written < 0) return disk_failed("write", path_, written);
  sequence_ = slot.sequence;
  position_ = position;
  rows_ = rows;
  return {};
}

Result<void> PositionFile::sync() {
  if (const int synced = disk_.sync(file_.get()); synced < 0) {
    return disk_failed("sync", path_, synced);
  }
  return {};
}

}  // namespace rs::spool
