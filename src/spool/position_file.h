#pragma once
// How far everything is delivered, kept in one small file of two slots that are written in turn, so
// that a torn write leaves the other. Each slot: 64 bytes with a growing sequence and a checksum.
// One thread at a time.

#include <cstdint>
#include <filesystem>

#include "base/result.h"
#include "spool/disk.h"
#include "spool/file.h"
#include "spool/position.h"

namespace rs::spool {

class PositionFile {
 public:
  PositionFile(Disk& disk, std::filesystem::path path) : disk_(disk), path_(std::move(path)) {}

  // The last position that was written whole; {0, 0} when there is none. Opens the file, and
  // creates it when `create`.
  [[nodiscard]] Result<Position> open(bool create);

  // Whether one was ever written whole.
  [[nodiscard]] bool found() const { return sequence_ > 0; }

  // Survives the process from here on, and a power cut after sync().
  [[nodiscard]] Result<void> write(Position position);
  [[nodiscard]] Result<void> sync();

 private:
  Disk& disk_;
  const std::filesystem::path path_;
  File file_;
  std::uint64_t sequence_ = 0;
};

}  // namespace rs::spool
