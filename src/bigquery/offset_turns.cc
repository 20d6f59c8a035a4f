// What an OffsetAppender does after a failure, once all that was in flight has been answered.
#include <algorithm>
#include <iterator>

#include "bigquery/offset_appender.h"
#include "bigquery/write_streams.h"
#include "obs/log.h"

namespace rs::bigquery {
namespace {

constexpr std::chrono::milliseconds kCallTimeout{5'000};

}  // namespace

void OffsetAppender::turn_to(Turn turn, const std::string& why) {
  if (turn <= turn_) return;  // The graver one stays.
  turn_ = turn;
  why_ = why;
}

void OffsetAppender::abandon(const std::string& why) {
  RS_LOG(
      kError,
      "Stream {} is given up, and a new one takes its place; rows in flight may be stored twice: "
      "{}",
      stream_->name(), why);
  turn_to(Turn::kAbandon, why);
}

void OffsetAppender::turn_if_answered(Later& later) {
  if (turn_ == Turn::kNone || stream_->requests() > 0) return;
  switch (turn_) {
    case Turn::kNone:
    case Turn::kSettle:   // tick() asks the service,
    case Turn::kAbandon:  // and makes a new stream.
      return;
    case Turn::kResend:
      std::move(failed_.rbegin(), failed_.rend(), std::front_inserter(waiting_));
      failed_.clear();
      break;
    case Turn::kGiveBack:
      give_back(later);
      break;
  }
  turn_ = Turn::kNone;
  next_ = acked_;
}

void OffsetAppender::give_back(Later& later) {
  std::move(waiting_.begin(), waiting_.end(), std::back_inserter(failed_));
  waiting_.clear();
  for (auto& piece : std::exchange(failed_, {})) {
    if (!piece.writing->failed)
      piece.writing->failed = Error{ErrorCode::kUnavailable, "BigQuery: " + why_};
    end_piece(piece.writing, later);
  }
}

void OffsetAppender::end_piece(const WritingPtr& writing, Later& later) {
  if (--writing->pieces > 0) return;
  const auto suspects = writing->suspects.size();
  const bool blame_rows =
      suspects > 0 && ever_stored_ && writing->refusals > 0 && host_.table_is_right();
  if (suspects > 0 && writing->stored == 0 && !blame_rows) {
    later.troubles.push_back(Verdict::kBadRequest);
  }
  auto result = finish(*writing, blame_rows);
  if (result) {
    stats_.row_errors += suspects;
  } else {
    const auto later_one = std::find_if(returned_.begin(), returned_.end(), [&](const auto& each) {
      return each->sequence > writing->sequence;
    });
    returned_.insert(later_one, writing);
    // What was to come behind it comes behind it again.
    turn_to(Turn::kGiveBack, result.error().message);
  }
  later.ends.emplace_back(std::move(writing->done), std::move(result));
}

void OffsetAppender::replace_stream(bool finalize) {
  const WriteStreams streams(channel_);
  if (!settle_left()) return;
  std::string old;
  {
    MutexLock lock(mutex_);
    if (stream_) old = stream_->name();
  }
  StreamResult<std::int64_t> rows = -1;
  if (finalize) {
    rows = streams.finalize(old, kCallTimeout);
    // While the service cannot be asked, the rows wait: to guess would be to store them twice.
    if (!rows && rows.error().verdict != Verdict::kTableMissing &&
        rows.error().verdict != Verdict::kStreamGone) {
      return;
    }
    if (!rows) {
      RS_LOG(kError, "How much of stream {} was stored is not known, rows may be stored twice: {}",
             old, rows.error().message);
    }
  }
  const auto made = streams.create(settings_.table_path(), kCallTimeout);
  Later later;
  {
    MutexLock lock(mutex_);
    if (closing_) return;  // close() has given all back.
    ++running_;
    if (finalize) settle_lost(rows.value_or(-1), later);
    const auto noted = made && ledger_ != nullptr ? ledger_->begin(*made) : Result<void>();
    if (!noted) {
      stream_.reset();
      turn_to(Turn::kGiveBack, noted.error().message);
      why_ = noted.error().message;
    } else if (made) {
      RS_LOG(kDebug, "Stream {} was made", *made);
      stream_ = std::make_unique<AppendStream>(channel_, *made);
    } else {
      // Rows go back in order; the next time a stream is made for them.
      stream_.reset();
      later.troubles.push_back(made.error().verdict);
      turn_to(Turn::kGiveBack, made.error().message);
      why_ = made.error().message;
    }
    next_ = acked_ = sent_to_ = 0;
    if (!made || !noted || turn_ == Turn::kAbandon) give_back(later);
    std::move(failed_.rbegin(), failed_.rend(), std::front_inserter(waiting_));
    failed_.clear();
    turn_ = Turn::kNone;
    pump(later);
  }
  run(std::move(later));
}

void OffsetAppender::settle_lost(std::int64_t rows, Later& later) {
  std::deque<Piece> open;
  for (auto& piece : std::exchange(failed_, {})) {
    if (rows < end_of(piece) && rows > piece.offset) {
      auto rest = split_at(piece, static_cast<std::size_t>(rows - piece.offset));
      rest.offset = rows;
      open.push_back(std::move(rest));
    }
    if (rows >= end_of(piece)) {
      store(piece);
      note_stored(piece);
      end_piece(piece.writing, later);
    } else {
      open.push_back(std::move(piece));
    }
  }
  failed_ = std::move(open);
}

}  // namespace rs::bigquery
