#pragma once
// A place in the spool, kept in a small file of two slots that are written in turn, so that a torn
// write leaves the other. `position`: everything before it is delivered. `end`: how far the rows
// reach, and how many the last segment holds (segments.h). Each slot is a block of 4,096 bytes, so
// that writing one never means to read it: 64 bytes with a growing sequence and a checksum, zeros.
// One thread at a time.

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "spool/disk.h"
#include "spool/file.h"
#include "spool/position.h"

namespace rs::spool {

class PositionFile {
 public:
  PositionFile(Disk& disk, std::filesystem::path path) : disk_(disk), path_(std::move(path)) {}

  // Opens the file, and creates it when `create`. A slot that cannot be read is none.
  [[nodiscard]] Result<void> open(bool create);

  // What was written whole last; {0, 0} when there is none.
  [[nodiscard]] Position position() const { return position_; }
  [[nodiscard]] std::uint64_t rows() const { return rows_; }

  // Whether one was ever written whole.
  [[nodiscard]] bool found() const { return sequence_ > 0; }

  // Survives the process from here on, and a power cut after sync().
  [[nodiscard]] Result<void> write(Position position, std::uint64_t rows = 0);
  [[nodiscard]] Result<void> sync();

 private:
  Disk& disk_;
  const std::filesystem::path path_;
  File file_;
  std::uint64_t sequence_ = 0, rows_ = 0;
  Position position_;
  std::string block_;
};

}  // namespace rs::spool
