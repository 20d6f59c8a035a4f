#pragma once
// One write() of Delivery on its way: which of its rows are settled, and what is left to send.
//   Batch --cut--> [ Piece, Piece ... ] --request--> answer --store | reject | halve | fail
// A batch is one piece unless it is larger than a request may be, or an answer has split it. What
// is known of a batch outlives a failure: when Delivery writes it again, only the open rows are
// sent. Not thread-safe: the appender's lock guards it.

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

  const row::Batch* batch = nullptr;
  spool::Position begin;  // Of its first row in the spool; {0, 0} when it is not there.
  sink::WriteDone done;
  std::uint64_t sequence = 0;            // Of the first write(), where order matters.
  std::size_t fingerprint = 0;           // Of the batch, to know it again.
  std::vector<bool> settled;             // By row: stored or rejected.
  std::vector<sink::Rejected> rejected;  // Rows that can never be stored.
  std::vector<Suspect> suspects;         // Rows refused alone, without being named.
  std::size_t stored = 0;                // Rows,
  std::size_t stored_before = 0;         // and when the present write() began.
  std::size_t pieces = 0;                // Whose end is open.
  std::optional<Error> failed;
  unsigned refusals = 0;  // Writes that ended with suspects.
};
using WritingPtr = std::shared_ptr<Writing>;

struct Piece {
  WritingPtr writing;
  std::vector<std::uint32_t> rows;
  std::size_t bytes = 0;  // As they count in the request.
  std::int64_t offset = -1;
  bool resent = false;  // These rows were sent at this offset before, by a request without answer.
  Clock::time_point sent;
};

// The offset behind the last row.
[[nodiscard]] inline std::int64_t end_of(const Piece& piece) {
  return piece.offset + static_cast<std::int64_t>(piece.rows.size());
}

[[nodiscard]] WritingPtr begin_writing(const row::Batch& batch, sink::WriteDone done);

// Where in the spool the row lies, or ends when it is batch.size(). Only with `begin`.
[[nodiscard]] spool::Position place_of(const Writing& writing, std::size_t row);

// `piece` has these rows of its own only.
void keep_rows(Piece& piece, std::vector<std::uint32_t> rows);

// Whether `batch` is what `writing` was about.
[[nodiscard]] bool is_same(const Writing& writing, const row::Batch& batch);

// The rows that are not settled, in order. A row that no request can hold is rejected.
[[nodiscard]] std::vector<Piece> cut(const WritingPtr& writing, std::size_t request_bytes_max);

// The rows of `piece` from `first` on; its own keep the rest.
[[nodiscard]] Piece split_at(Piece& piece, std::size_t first);

void store(Piece& piece);

// Rejects the rows that `answer` names, with `where` behind the reason. `piece` keeps the others.
// False when it names none of them.
[[nodiscard]] bool reject_named(Piece& piece, const AppendAnswer& answer, const std::string& where);

// Marks the one row of `piece`.
void suspect(Piece& piece, const AppendAnswer& answer, const std::string& where);

// Ends a writing that has no piece left. Suspects are rejected when other rows of the batch were
// stored by a write before this one; with `blame_rows` even when none was. Otherwise the batch
// fails and is tried once more: the reason may be the table, or may pass.
[[nodiscard]] sink::WriteResult finish(Writing& writing, bool blame_rows);

}  // namespace rs::bigquery
