#pragma once
// For tests of what is found in a spool that was changed: rows of equal length, and what is done to
// their segment.

#include <algorithm>
#include <initializer_list>
#include <string>
#include <vector>

#include "spool/inspection.h"
#include "spool/position_file.h"
#include "spool/segment_header.h"
#include "spool/spool_fixture.h"

namespace rs::spool {

using Rows = std::vector<std::string>;

// What is done to a segment of the rows below, and what is then found. Each row takes 20 + 10 bytes
// and begins at 64 + 30 n.
class RecoveryTest : public SpoolTest {
 protected:
  static constexpr std::uint64_t kSegmentBytes = 1 << 20;
  RecoveryTest() { settings_.limits.segment_bytes = kSegmentBytes; }

  void keep_rows(int rows) {
    start();
    for (int i = 0; i < rows; ++i) ASSERT_EQ(keep(row(i)), Outcome::kKept);
    spool_->stop();
  }
  static std::string row(int i) { return std::string(9, static_cast<char>('a' + i)) + "."; }
  static Rows rows(std::initializer_list<int> numbers) {
    Rows rows;
    for (const int i : numbers) rows.push_back(row(i));
    return rows;
  }
  static std::uint64_t begin_of(int i) { return 64 + 30 * static_cast<std::uint64_t>(i); }
  template <class Change>
  void change(Change&& how) {
    auto bytes = content(files().at(0));
    how(bytes);
    overwrite(files().at(0), bytes);
  }
  // Whether the end of all that was kept is.
  bool end_becomes_durable() {
    return eventually([&] {
      auto calls = disk_.calls();
      std::erase_if(calls, [](const auto& call) { return !call.ends_with(" end"); });
      return calls.back() == "sync end";
    });
  }
  // The content of the file `end`.
  std::string end_of(Position position, std::uint64_t rows) {
    PositionFile file(disk_, folder_ / "end");
    EXPECT_TRUE(file.open(true) && file.write(position, rows));
    return content(folder_ / "end");
  }
  SegmentStats stats() { return spool_->stats().segments; }
  std::string damaged(std::uint64_t offset) {
    return content(settings_.folder / "damaged" / (segment_name(1) + "-" + std::to_string(offset)));
  }
};

}  // namespace rs::spool
