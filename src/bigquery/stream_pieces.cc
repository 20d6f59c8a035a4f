#include "bigquery/stream_pieces.h"

#include <algorithm>
#include <cassert>

namespace rs::bigquery {

bool StreamPieces::has(const PiecePtr& piece) const {
  return std::find(pieces_.begin(), pieces_.end(), piece) != pieces_.end();
}

bool StreamPieces::insert(const std::vector<PiecePtr>& pieces) {
  if (pieces.empty()) return true;
  const auto sequence = pieces.front()->writing->sequence;
  const auto behind = std::find_if(pieces_.begin(), pieces_.end(), [&](const auto& each) {
    return each->writing->sequence > sequence;
  });
  const bool offsets_taken =
      std::any_of(behind, pieces_.end(), [](const auto& each) { return each->offset >= 0; });
  pieces_.insert(behind, pieces.begin(), pieces.end());
  return !offsets_taken;
}

void StreamPieces::insert_behind(const PiecePtr& piece, const PiecePtr& second) {
  pieces_.insert(std::find(pieces_.begin(), pieces_.end(), piece) + 1, second);
}

void StreamPieces::remove(const PiecePtr& piece) {
  pieces_.erase(std::find(pieces_.begin(), pieces_.end(), piece));
}

PiecePtr StreamPieces::next() const {
  const auto next = std::find_if(pieces_.begin(), pieces_.end(), [](const auto& each) {
    return each->state != Piece::State::kSent;
  });
  return next == pieces_.end() || (*next)->writing->returned ? nullptr : *next;
}

void StreamPieces::place(Piece& piece) {
  assert(piece.offset < 0 || piece.offset == next_);
  piece.offset = next_;
  next_ = end_of(piece);
}

void StreamPieces::refused(Piece& piece) {
  refused_from_ = std::min(refused_from_, piece.offset);
  piece.offset = -1;
}

std::vector<PiecePtr> StreamPieces::take_stored(std::int64_t rows) {
  std::vector<PiecePtr> stored;
  for (auto at = pieces_.begin(); at != pieces_.end() && (*at)->offset < rows;) {
    if ((*at)->offset < 0 || end_of(**at) > rows) {
      ++at;
      continue;
    }
    stored.push_back(*at);
    at = pieces_.erase(at);
  }
  if (!stored.empty()) acked_ = std::max(acked_, end_of(*stored.back()));
  return stored;
}

std::int64_t StreamPieces::rewind() {
  auto end = acked_;
  for (const auto& piece : pieces_) {
    const bool was_sent = piece->resent || piece->state == Piece::State::kSent;
    if (!was_sent || piece->offset >= refused_from_) piece->offset = -1;
    piece->resent = piece->offset >= 0;
    piece->state = Piece::State::kWaiting;
    if (piece->resent) end = end_of(*piece);
  }
  next_ = acked_;
  refused_from_ = kNone;
  return end;
}

void StreamPieces::leave_stream() {
  for (const auto& piece : pieces_) {
    piece->offset = -1;
    piece->resent = false;
    piece->state = Piece::State::kWaiting;
  }
  acked_ = next_ = 0;
  refused_from_ = kNone;
}

std::int64_t StreamPieces::sent() const {
  auto end = acked_;
  for (const auto& piece : pieces_) end = std::max(end, piece->offset < 0 ? 0 : end_of(*piece));
  return end;
}

bool StreamPieces::in_doubt() const {
  return std::any_of(pieces_.begin(), pieces_.end(), [](const auto& each) {
    const bool was_sent = each->resent || each->state == Piece::State::kSent;
    return !each->writing->returned && was_sent && each->offset >= 0;
  });
}

}  // namespace rs::bigquery
