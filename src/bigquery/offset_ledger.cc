// What an OffsetAppender tells its ledger, and learns from the one that the last process left.

#include <algorithm>
#include <utility>

#include "bigquery/offset_appender.h"
#include "bigquery/write_streams.h"
#include "obs/log.h"
#include "spool/record.h"

namespace rs::bigquery {
namespace {

constexpr std::chrono::milliseconds kCallTimeout{5'000};
// Batches are done with in order, at most a window of them is open at once, and twice is plenty.
constexpr std::size_t kWritingsRemembered = 64;

// Calls `each` with every row of `piece`, whose batch is of the spool, and where it lies there.
template <class Each>
void for_each_place(const Piece& piece, const Each& each) {
  const row::Batch& batch = *piece.writing->batch;
  auto at = piece.writing->begin;
  std::uint32_t next = 0;
  for (const auto row : piece.rows) {
    for (; next < row; ++next) at.offset += spool::kRecordHeaderBytes + batch[next].size();
    each(row, at);
  }
}

}  // namespace

// Ends the stream of the last process, to learn how much of what was sent there it has stored.
// False while that cannot be asked: to guess would be to store rows twice.
bool OffsetAppender::settle_left() {
  if (ledger_ == nullptr || ledger_->left_stream().empty()) return true;
  const std::string name = ledger_->left_stream();
  const bool ours = name.starts_with(settings_.table_path() + "/");
  StreamResult<std::int64_t> rows = -1;
  if (ours) rows = WriteStreams(channel_).finalize(name, kCallTimeout);
  if (!rows && rows.error().verdict != Verdict::kTableMissing &&
      rows.error().verdict != Verdict::kStreamGone) {
    Later later;
    later.troubles.push_back(rows.error().verdict);
    {
      MutexLock lock(mutex_);
      if (closing_) return false;
      ++running_;
      turn_to(Turn::kGiveBack, rows.error().message);
      give_back(later);
      turn_ = Turn::kNone;
    }
    run(std::move(later));
    return false;
  }
  MutexLock lock(mutex_);
  if (!ours) {
    ledger_->forget();
  } else if (rows) {
    ledger_->settle(*rows);
    RS_LOG(kInfo, "Stream {} of the last process has {} rows, which are not sent again", name,
           *rows);
  } else {
    ledger_->settle_unknown();
    RS_LOG(kError, "How much of stream {} was stored is not known, rows may be stored twice: {}",
           name, rows.error().message);
  }
  return true;
}

void OffsetAppender::drop_covered(Piece& piece) {
  if (ledger_ == nullptr || piece.writing->begin == spool::Position{} ||
      !ledger_->may_cover(piece.writing->begin)) {
    return;
  }
  Piece covered;
  covered.writing = piece.writing;
  std::vector<std::uint32_t> others;
  for_each_place(piece, [&](std::uint32_t row, spool::Position at) {
    (ledger_->covers(at) ? covered.rows : others).push_back(row);
  });
  store(covered);
  keep_rows(piece, std::move(others));
}

Result<void> OffsetAppender::note_request(const Piece& piece) {
  if (ledger_ == nullptr) return {};
  StreamLedger::Request request{piece.offset, static_cast<std::int64_t>(piece.rows.size()), {}};
  std::vector<spool::Position> gaps;
  if (piece.writing->begin != spool::Position{}) {
    request.end = place_of(*piece.writing, piece.rows.back() + std::size_t{1});
    if (ledger_->has_gaps()) {
      for_each_place(piece, [&](std::uint32_t, spool::Position at) {
        if (ledger_->is_gap(at)) gaps.push_back(at);
      });
    }
  }
  return ledger_->send(request, gaps);
}

void OffsetAppender::note_stored(const Piece& piece) {
  if (ledger_ == nullptr || piece.rows.empty()) return;
  const bool spooled = piece.writing->begin != spool::Position{};
  ledger_->stored(end_of(piece), spooled
                                     ? place_of(*piece.writing, piece.rows.back() + std::size_t{1})
                                     : spool::Position{});
}

void OffsetAppender::note_not_stored(const Piece& piece) {
  if (ledger_ != nullptr) ledger_->not_stored(piece.offset);
}

void OffsetAppender::note_given_up(const Writing& writing) {
  if (ledger_ == nullptr || writing.begin == spool::Position{}) return;
  for (const auto& each : writing.rejected) ledger_->skip(place_of(writing, each.index));
  for (const auto& each : writing.suspects) ledger_->skip(place_of(writing, each.row));
}

void OffsetAppender::note_written(const Writing& writing) {
  if (ledger_ == nullptr || writing.begin == spool::Position{}) return;
  begins_.push_back(writing.begin);
  if (begins_.size() > kWritingsRemembered) begins_.pop_front();
  // All before the first row of a process was done with, and so are older batches.
  if (begins_.size() == 1 || begins_.size() == kWritingsRemembered) {
    ledger_->delivered(begins_.front());
  }
}

}  // namespace rs::bigquery
