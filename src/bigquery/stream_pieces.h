#pragma once
// The pieces of an OffsetAppender, in the order of its stream:
//
//   [ may be stored, with offset | sent | noted in the ledger | waiting ]
//
// The list has every piece that the stream may hold and that is not known to be stored, also those
// whose batch Delivery has at the moment, and behind them the pieces that have not been sent. So a
// count of the stream's rows decides about all of them. A piece leaves the list when it is stored
// or refused.
// Pieces that have an offset come first and lie side by side from acked() on: an offset belongs to
// the same rows until it is known that they are not there. Not thread-safe.

#include <cstdint>
#include <deque>
#include <limits>
#include <vector>

#include "bigquery/writing.h"

namespace rs::bigquery {

class StreamPieces {
 public:
  [[nodiscard]] const std::deque<PiecePtr>& all() const { return pieces_; }
  [[nodiscard]] bool empty() const { return pieces_.empty(); }
  [[nodiscard]] bool has(const PiecePtr& piece) const;

  // Pieces of one batch, before those of batches that were first written after it. False when
  // pieces behind them may be stored at the offsets that they would take.
  [[nodiscard]] bool insert(const std::vector<PiecePtr>& pieces);
  void insert_behind(const PiecePtr& piece, const PiecePtr& second);
  void remove(const PiecePtr& piece);

  // The first that is not sent. Null when there is none, and when Delivery has its batch: what
  // lies behind it waits for that.
  [[nodiscard]] PiecePtr next() const;
  // The offset of a piece that is to be sent; called in the order of the list.
  void place(Piece& piece);
  // BigQuery refused the only request that `piece` had: its rows are not stored, and so none behind
  // them.
  void refused(Piece& piece);

  // The first `rows` rows of the stream are stored: the pieces that are among them leave the list.
  [[nodiscard]] std::vector<PiecePtr> take_stored(std::int64_t rows);

  // All requests have been answered: every piece waits again, and keeps its offset only if a
  // request may have stored it there. The offset behind the last of these.
  std::int64_t rewind();
  // The stream has ended: what is in the list waits for another.
  void leave_stream();

  // Rows of the stream that are known to be stored.
  [[nodiscard]] std::int64_t acked() const { return acked_; }
  // The offset behind the last row that may be stored.
  [[nodiscard]] std::int64_t sent() const;
  // Whether rows of a batch that is being written may be stored.
  [[nodiscard]] bool in_doubt() const;

 private:
  static constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();

  std::deque<PiecePtr> pieces_;
  std::int64_t acked_ = 0;
  std::int64_t next_ = 0;              // Offset of the next piece that is placed.
  std::int64_t refused_from_ = kNone;  // Nothing is stored at this offset or behind it.
};

}  // namespace rs::bigquery
