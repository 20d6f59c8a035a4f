// How an OffsetAppender comes to a stream, and what it tells the ledger and learns from the one
// that the last process left. Waits for BigQuery and for the disk, without the lock.

#include <algorithm>
#include <utility>

#include "bigquery/offset_appender.h"
#include "obs/log.h"

namespace rs::bigquery {
namespace {

constexpr std::chrono::milliseconds kCallTimeout{5'000};
// Batches finish in order and at most a window of them is open at once: a batch that began so many
// batches ago has finished.
constexpr std::size_t kBatchesRemembered = 64;
static_assert(kBatchesRemembered > kOffsetWindow);

}  // namespace

void OffsetAppender::tick(Clock::time_point now) {
  bool replace = false;
  {
    MutexLock lock(mutex_);
    cancel_overdue(now);
    const bool over = turn_ >= Turn::kSettle && all_answered();
    const bool connected = any_connected();
    if (over && connected) streams_.front()->cancel("the stream has ended");
    replace = !closing_ && now >= make_at_ && all_answered() &&
              (streams_.empty() || (over && !connected));
    if (replace) make_at_ = now + settings_.stream_each;
  }
  if (replace && settle_left() && settle_present()) make_stream();
}

// The stream of the last process. While it is not known how many rows it has, rows wait: to guess
// would be to store them twice.
bool OffsetAppender::settle_left() {
  if (ledger_ == nullptr) return true;
  std::string name;
  {
    MutexLock lock(mutex_);
    name = ledger_->left_stream();
  }
  if (name.empty()) return true;
  if (!name.starts_with(settings_.table_path() + "/")) {
    MutexLock lock(mutex_);
    ledger_->forget();
    return true;
  }
  const auto rows = count_rows(name);
  if (!rows) return false;
  bool all_known = true;
  {
    MutexLock lock(mutex_);
    if (*rows) {
      all_known = ledger_->settle(**rows);
    } else {
      ledger_->settle_unknown();
    }
  }
  if (!*rows) {
    RS_LOG(kError, "Stream {} of the last process is gone: its last rows may be stored twice",
           name);
  } else if (!all_known) {
    RS_LOG(kError, "Stream {} has {} rows, and not all are known: some may be stored twice", name,
           **rows);
  } else {
    RS_LOG(kInfo, "Stream {} of the last process has {} rows, which are not sent again", name,
           **rows);
  }
  return true;
}

// The stream of this process, if there is one: it has ended.
bool OffsetAppender::settle_present() {
  std::string name;
  bool trusted = false;
  {
    MutexLock lock(mutex_);
    if (streams_.empty()) return true;
    name = streams_.front()->name();
    trusted = turn_ != Turn::kAbandon;
  }
  std::optional<std::int64_t> rows;
  if (trusted) {
    const auto counted = count_rows(name);
    if (!counted) return false;
    rows = *counted;
  }
  Later later;
  bool closing;
  {
    MutexLock lock(mutex_);
    enter();
    closing = closing_;
    if (!closing) leave_stream(rows, later);  // Otherwise close() does.
    pump(later);
  }
  run(std::move(later));
  return !closing;
}

StreamResult<std::optional<std::int64_t>> OffsetAppender::count_rows(const std::string& stream) {
  const auto rows = calls_.finalize(stream, kCallTimeout);
  if (rows) return std::optional(*rows);
  if (rows.error().verdict != Verdict::kStreamGone) {
    hold_back(rows.error());
    return tl::unexpected(rows.error());
  }
  return std::optional<std::int64_t>();
}

// There is no stream for now: batches go back to Delivery, which tries again and shows why.
void OffsetAppender::hold_back(const AppendAnswer& trouble) {
  Later later;
  later.troubles.push_back(trouble.verdict);
  {
    MutexLock lock(mutex_);
    enter();
    if (!closing_) give_back("BigQuery: " + trouble.message, later);  // Otherwise end_close() does.
    pump(later);
  }
  run(std::move(later));
}

void OffsetAppender::make_stream() {
  const auto made = calls_.create(settings_.table_path(), kCallTimeout);
  if (!made) return hold_back(made.error());
  if (ledger_ != nullptr) {
    std::string image;
    {
      MutexLock lock(mutex_);
      ledger_->begin(*made);
      image = ledger_->image();
    }
    if (const auto written = ledger_->write(image); !written) {
      AppendAnswer failed;
      failed.message = written.error().message;
      return hold_back(failed);
    }
  }
  RS_LOG(kDebug, "Stream {} was made", *made);
  Later later;
  {
    MutexLock lock(mutex_);
    enter();
    if (!closing_) streams_.push_back(std::make_unique<AppendStream>(channel_, *made));
    pump(later);
  }
  run(std::move(later));
}

// Of ledger_thread_.
void OffsetAppender::write_ledger() {
  for (;;) {
    Later later;
    std::string image;
    {
      MutexLock lock(mutex_);
      while (!closing_ && !can_note()) to_note_.wait(mutex_);
      if (closing_) return;
      note_requests(later);
      writing_ledger_ = true;
      image = ledger_->image();
    }
    const auto written = ledger_->write(image);
    {
      MutexLock lock(mutex_);
      enter();
      writing_ledger_ = false;
      for (const auto& piece : pieces_.all()) {
        if (piece->state != Piece::State::kNoting) continue;
        piece->state = written ? Piece::State::kNoted : Piece::State::kWaiting;
      }
      if (!written) turn_to(Turn::kGiveBack, written.error().message);
      pump(later);
    }
    run(std::move(later));
  }
}

bool OffsetAppender::can_note() const {
  if (streams_.empty() || writing_ledger_ || turn_ != Turn::kNone) return false;
  for (const auto& piece : pieces_.all()) {
    if (piece->writing->returned) return false;
    if (piece->state == Piece::State::kWaiting) return true;
  }
  return false;
}

// All that wait; rows that the last process has stored do not go out.
void OffsetAppender::note_requests(Later& later) {
  const auto pieces = pieces_.all();
  for (const auto& piece : pieces) {
    if (piece->writing->returned) return;
    if (piece->state != Piece::State::kWaiting) continue;
    if (!piece->resent) drop_covered(*piece);
    if (piece->rows.empty()) {
      remove(piece, later);
      continue;
    }
    pieces_.place(*piece);
    piece->state = Piece::State::kNoting;
    note_request(*piece);
  }
}

void OffsetAppender::note_request(const Piece& piece) {
  const Writing& writing = *piece.writing;
  std::vector<sink::Mark> gaps;
  if (writing.marks.any() && ledger_->has_gaps()) {
    for (const auto row : piece.rows) {
      const auto mark = writing.marks.at(*writing.batch, row);
      if (ledger_->is_gap(mark)) gaps.push_back(mark);
    }
  }
  ledger_->note({piece.offset, static_cast<std::int64_t>(piece.rows.size()), piece.end}, gaps);
}

void OffsetAppender::drop_covered(Piece& piece) {
  const Writing& writing = *piece.writing;
  if (!writing.marks.any() || !ledger_->may_cover(writing.marks.first)) return;
  Piece covered;
  covered.writing = piece.writing;
  std::vector<std::uint32_t> others;
  for (const auto row : piece.rows) {
    const bool stored = ledger_->covers(writing.marks.at(*writing.batch, row));
    (stored ? covered.rows : others).push_back(row);
  }
  store(covered);
  keep_rows(piece, std::move(others));
}

// Rows behind them may be stored without them.
void OffsetAppender::note_given_up(const Writing& writing) {
  if (ledger_ == nullptr || !writing.marks.any()) return;
  for (const auto& each : writing.rejected) {
    ledger_->skip(writing.marks.at(*writing.batch, each.index));
  }
  for (const auto& each : writing.suspects) {
    ledger_->skip(writing.marks.at(*writing.batch, each.row));
  }
}

void OffsetAppender::note_batch(const Writing& writing) {
  if (ledger_ == nullptr || !writing.marks.any()) return;
  note_given_up(writing);  // Rows that no request can hold.
  if (!begins_.empty() && writing.marks.first <= begins_.back()) return;  // Written again.
  begins_.push_back(writing.marks.first);
  if (begins_.size() > kBatchesRemembered) begins_.pop_front();
  // All before the first row of a process is finished, and so are older batches.
  if (begins_.size() == 1 || begins_.size() == kBatchesRemembered) {
    ledger_->delivered(begins_.front());
  }
}

}  // namespace rs::bigquery
