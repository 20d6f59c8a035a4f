#pragma once
// One write() of Delivery on its way: which of its rows are settled, and what is left to send.
//   Batch --cut--> [ Piece, Piece ... ] --request--> answer --store | reject | split | suspect
// A batch is one piece unless it is larger than a request may be, or an answer has split it. What
// is known of a batch is kept after a failure: when Delivery writes the batch again, only its open
// rows are sent. Not thread-safe: the appender's lock guards it.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bigquery/answer.h"
#include "row/batch.h"
#include "sink/sink.h"

namespace rs::bigquery {

using Clock = std::chrono::steady_clock;

struct Writing {
  struct Suspect {
    std::uint32_t row;
    std::string message, where;
  };

  const row::Batch* batch = nullptr;  // Valid while the batch is not `returned`.
  sink::BatchMarks marks;
  sink::WriteDone done;
  std::uint64_t sequence = 0;            // Order of the first write() of each batch.
  std::size_t fingerprint = 0;           // Of the batch, to recognize it when it is written again.
  std::vector<bool> placed;              // By row: stored, rejected, or in a piece.
  std::vector<sink::Rejected> rejected;  // Rows that can never be stored.
  std::vector<Suspect> suspects;         // Rows refused alone, without being named.
  std::size_t stored = 0;                // Rows,
  std::size_t stored_before = 0;         // and when the present write() began.
  std::size_t pieces = 0;                // Whose fate is open.
  std::optional<Error> failed;
  unsigned refusals = 0;  // Writes that ended with suspects.
  bool returned = false;  // Its write() ended with an Error: Delivery has the batch.
};
using WritingPtr = std::shared_ptr<Writing>;

// Rows of one batch that go out in one request.
struct Piece {
  // Of an OffsetAppender: waiting --> noted in the ledger --> sent, until the next turn.
  enum class State : std::uint8_t { kWaiting, kNoting, kNoted, kSent };

  WritingPtr writing;
  std::vector<std::uint32_t> rows;  // Indexes into the batch, ascending.
  std::size_t bytes = 0;            // As they count in the request.
  sink::Mark end;                   // Behind the last of its rows.
  std::int64_t offset = -1;         // In the stream; -1: none of its rows is in the stream.
  State state = State::kWaiting;
  bool resent = false;  // An earlier request may have stored its rows, at the same offset.
  Clock::time_point sent;
};
using PiecePtr = std::shared_ptr<Piece>;

// The offset behind the last row.
[[nodiscard]] inline std::int64_t end_of(const Piece& piece) {
  return piece.offset + static_cast<std::int64_t>(piece.rows.size());
}

[[nodiscard]] WritingPtr begin_writing(const row::Batch& batch, const sink::BatchMarks& marks);

// Whether `batch` is what `writing` was about.
[[nodiscard]] bool is_same(const Writing& writing, const row::Batch& batch);

// The rows that are in no piece and not settled, in order. A row that no request can hold is
// rejected.
[[nodiscard]] std::vector<PiecePtr> cut(const WritingPtr& writing, std::size_t request_bytes_max);

// `piece` keeps these of its rows only.
void keep_rows(Piece& piece, std::vector<std::uint32_t> rows);

// The second half of the rows of `piece`, which keeps the first.
[[nodiscard]] PiecePtr split_half(Piece& piece);

// The rows of `piece` are stored, or are open again: then the next cut() has them.
void store(const Piece& piece);
void reopen(const Piece& piece);

// Rejects the rows that `answer` names, with `where` behind the reason. `piece` keeps the others.
// False when it names none of them.
[[nodiscard]] bool reject_named(Piece& piece, const AppendAnswer& answer, const std::string& where);

// Marks the one row of `piece`.
void suspect(const Piece& piece, const AppendAnswer& answer, const std::string& where);

// Ends a write() that has no piece left, or has failed. Suspects are rejected when all rows were
// tried and other rows of the batch were stored by a write before this one; with `blame_rows` even
// when none was. Otherwise the batch fails and is tried once more: the reason may be the table, or
// may pass.
[[nodiscard]] sink::WriteResult finish(Writing& writing, bool blame_rows);

}  // namespace rs::bigquery
