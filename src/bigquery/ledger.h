#pragma once
// Which of the rows that have marks a stream of ours holds, kept on disk for the next process:
// exactly once through every restart.
//
//   before a request goes out   note(): its rows and their place in the stream; then write()
//   next process                finalises the stream, which tells how many rows it has: settle()
//   for each row with a mark    covers(): already there?
//
// A request is stored whole or not at all, so the number of rows names the last request that was
// stored; rows are never counted, because damage may have taken some.
// A row that was given up before others behind it is a gap: if its batch is not finished, it is
// sent again, by this process (which learns that nothing was wrong with it) or the next, and is
// not a gap any more once it is stored.
// Not thread-safe. open() and write() wait for the disk; write() touches nothing that the other
// functions do, so only they need the lock of the owner.

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>

#include "base/result.h"
#include "sink/sink.h"
#include "spool/disk.h"
#include "spool/file.h"

namespace rs::bigquery {

class StreamLedger {
 public:
  struct Request {
    std::int64_t offset = 0, rows = 0;
    sink::Mark end;  // Behind its last row; the default for rows without marks.

    friend bool operator==(const Request&, const Request&) = default;
  };

  // `durable`: survives a power cut too, by a sync for each write(). `exists`: whether rows are
  // kept at a mark; a ledger that speaks of others is forgotten. `disk` outlives this object.
  StreamLedger(std::filesystem::path path, bool durable, spool::Disk& disk,
               std::function<bool(sink::Mark)> exists)
      : path_(std::move(path)), durable_(durable), disk_(disk), exists_(std::move(exists)) {}

  // Reads what the last process left. Once, before rows are kept at new marks.
  [[nodiscard]] Result<void> open();

  // The stream that the last process wrote to; empty once it is settled, or when there was none.
  [[nodiscard]] const std::string& left_stream() const { return left_stream_; }
  // It has been finalised with so many rows. False when the ledger knows of fewer: the others may
  // be stored twice.
  [[nodiscard]] bool settle(std::int64_t rows);
  // How many it has cannot be known: what was on its way may be stored twice.
  void settle_unknown();
  // It belongs to another table.
  void forget();

  // Whether the last process has stored the row at `row`. Not known before the stream is settled.
  [[nodiscard]] bool covers(sink::Mark row) const;
  [[nodiscard]] bool may_cover(sink::Mark begin) const { return begin < covered_until_; }

  // A new stream. Requests of the one before it are settled.
  void begin(const std::string& stream);
  // A request that is to be sent, once write() has returned. `gaps`: those of its rows that are.
  void note(const Request& request, std::span<const sink::Mark> gaps);
  // Everything before `offset` is in the stream: the rows before `end`.
  void stored(std::int64_t offset, sink::Mark end);
  // Nothing at `offset` or behind it is in the stream.
  void not_stored(std::int64_t offset);
  // The row at `row` was given up, and rows behind it will be stored without it.
  void skip(sink::Mark row);
  [[nodiscard]] bool is_gap(sink::Mark row) const { return gaps_.contains(row); }
  [[nodiscard]] bool has_gaps() const { return !gaps_.empty(); }
  // Rows before `mark` are not asked for again by any process.
  void delivered(sink::Mark mark);

  // All of this as write() takes it: an image that is written replaces the one before.
  [[nodiscard]] std::string image() const;
  [[nodiscard]] Result<void> write(const std::string& image);

 private:
  // Each with the end of the request that it was sent with again, in the stream; 0: with none.
  using Gaps = std::map<sink::Mark, std::int64_t>;

  void end_stream(std::int64_t rows);
  bool decode(std::string_view bytes);
  void take_left();

  const std::filesystem::path path_;
  const bool durable_;
  spool::Disk& disk_;
  const std::function<bool(sink::Mark)> exists_;
  spool::File file_;
  std::uint64_t sequence_ = 0;  // Of the last image that is on disk.

  // Of this process.
  std::string stream_;
  sink::Mark until_;  // Rows before it are stored, but for gaps.
  std::int64_t acked_ = 0;
  std::deque<Request> requests_;
  Gaps gaps_;
  // From the first gap to the last one of those for which there was no room. {0, 0}: none.
  sink::Mark unsure_from_, unsure_to_;

  // Of the last one.
  std::string left_stream_;
  sink::Mark covered_until_;
  Gaps left_gaps_;
};

}  // namespace rs::bigquery
