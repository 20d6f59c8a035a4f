#pragma once
// Which rows of the spool a stream of ours holds, kept on disk for the next process: exactly once
// through every restart.
//
//   before a request goes out   send(): its rows and its place in the stream, into a slot on disk
//   next process                finalises the stream, which tells how many rows it has: settle()
//   for each row of the spool   covers(): already there?
//
// A request is stored whole or not at all, so that number names the last one that was stored; rows
// are never counted, because damage may have taken some.
// A row that was given up before others behind it is a gap: if its batch was not done with, it is
// sent again, by this process (which learns that nothing was wrong with it) or the next, and is
// none any more once it is stored. The file lies beside the segments and goes with them. Not
// thread-safe; begin() and send() wait for the disk.

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "base/result.h"
#include "spool/disk.h"
#include "spool/file.h"
#include "spool/position.h"

namespace rs::bigquery {

class StreamLedger {
 public:
  struct Request {
    std::int64_t offset = 0, rows = 0;
    spool::Position end;  // Behind its last row in the spool; {0, 0} for rows that are not of it.

    friend bool operator==(const Request&, const Request&) = default;
  };

  // `durable`: survives a power cut too, by a sync for each request.
  StreamLedger(std::filesystem::path path, bool durable)
      : path_(std::move(path)), durable_(durable) {}

  // Reads what the last process left. Once, before the spool writes segments of its own.
  [[nodiscard]] Result<void> open();

  // The stream that the last process wrote to; empty once it is settled, or when there was none.
  [[nodiscard]] const std::string& left_stream() const { return left_stream_; }
  // It has been finalised with so many rows.
  void settle(std::int64_t rows);
  // How many it has cannot be known: what was on its way may be stored twice.
  void settle_unknown();
  // It belongs to another table.
  void forget();

  // Whether the last process has stored the row at `row`. Not known before the stream is settled.
  [[nodiscard]] bool covers(spool::Position row) const;
  [[nodiscard]] bool may_cover(spool::Position begin) const { return begin < covered_until_; }

  // A new stream. Requests of the one before it are done with.
  [[nodiscard]] Result<void> begin(const std::string& stream);
  // Must have returned before the request is sent. `gaps`: those of its rows that are gaps.
  [[nodiscard]] Result<void> send(const Request& request, std::span<const spool::Position> gaps);
  // Everything before `offset` is in the stream: rows of the spool before `end`.
  void stored(std::int64_t offset, spool::Position end);
  // Nothing at `offset` or behind it is in the stream.
  void not_stored(std::int64_t offset);
  // The row at `row` was given up, and rows behind it will be stored without it.
  void skip(spool::Position row);
  [[nodiscard]] bool is_gap(spool::Position row) const { return gaps_.contains(row); }
  [[nodiscard]] bool has_gaps() const { return !gaps_.empty(); }
  // Rows before `position` are not asked for again by any process.
  void delivered(spool::Position position);

 private:
  // Each with the end of the request that it was sent with again, in the stream; 0: with none.
  using Gaps = std::map<spool::Position, std::int64_t>;

  void end_stream(std::int64_t rows);
  [[nodiscard]] Result<void> write();
  [[nodiscard]] std::string encoded() const;
  bool decode(std::string_view bytes);
  void take_left();

  const std::filesystem::path path_;
  const bool durable_;
  spool::RealDisk disk_;
  spool::File file_;
  std::uint64_t sequence_ = 0;

  // Of this process.
  std::string stream_;
  spool::Position until_;  // Rows before it are stored, but for gaps.
  std::int64_t acked_ = 0;
  std::deque<Request> requests_;
  Gaps gaps_;
  // From the first gap to the last one of those for which there was no room. {0, 0}: none.
  spool::Position unsure_from_, unsure_to_;

  // Of the last one.
  std::string left_stream_;
  spool::Position covered_until_;
  Gaps left_gaps_;
};

}  // namespace rs::bigquery
