#include "bigquery/offset_appender.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "obs/log.h"

namespace rs::bigquery {
namespace {

// close() has little time. What this call does not tell, the next process asks again.
constexpr std::chrono::milliseconds kLastCallTimeout{300};

}  // namespace

OffsetAppender::OffsetAppender(const BigQuerySettings& settings, AppenderHost& host,
                               StreamLedger* ledger)
    : Appender(settings, host, Order::kWritten),
      ledger_(ledger),
      channel_(host.make_channel()),
      calls_(channel_, settings.denied_max) {
  if (ledger_ != nullptr) ledger_thread_ = std::thread([this] { write_ledger(); });
}

void OffsetAppender::enqueue(std::vector<PiecePtr> pieces, const WritingPtr& writing) {
  note_batch(*writing);
  if (!pieces_.insert(pieces)) {
    turn_to(Turn::kSettle, "rows behind those that are sent again may be stored");
  }
}

void OffsetAppender::pump(Later& later) {
  if (closing_) return;  // end_close() decides.
  take_turn(later);
  if (streams_.empty() || turn_ != Turn::kNone) return;
  if (ledger_ != nullptr && can_note()) to_note_.notify_one();
  const auto piece = pieces_.next();
  if (piece == nullptr) return;
  const auto ready = ledger_ == nullptr ? Piece::State::kWaiting : Piece::State::kNoted;
  if (piece->state != ready || !has_room(*piece)) return;
  if (ledger_ == nullptr) pieces_.place(*piece);
  piece->state = Piece::State::kSent;
  send(*streams_.front(), piece, later);
}

bool OffsetAppender::has_room(const Piece& piece) const {
  const AppendStream& stream = *streams_.front();
  if (!stream.ready()) return false;
  if (stream.requests() == 0) return true;
  return stream.requests() < std::min(kOffsetWindow, settings_.window_requests) &&
         stream.bytes() + piece.bytes <= settings_.window_bytes;
}

void OffsetAppender::settle(AppendStream& stream, const PiecePtr& piece, const AppendAnswer& answer,
                            Later& later) {
  switch (answer.verdict) {
    case Verdict::kStored:
      stream.set_progressed();
      return stored(*piece, answer, later);
    case Verdict::kOffsetExists:
      return exists(*piece, answer, later);
    case Verdict::kOffsetBeyond:
      return beyond(*piece, answer, later);
    case Verdict::kRowErrors:
      stream.set_progressed();
      return row_errors(piece, answer, later);
    case Verdict::kBadRequest:
      return bad_request(piece, answer, later);
    case Verdict::kStreamGone:
      if (!piece->resent) pieces_.refused(*piece);
      return turn_to(Turn::kSettle, answer.message);
    default:
      ++stats_.failures;
      // Behind a failed request the service may also say ABORTED.
      if (turn_ != Turn::kNone) return;
      later.troubles.push_back(answer.verdict);
      turn_to(Turn::kGiveBack, answer.message);
  }
}

void OffsetAppender::stored(const Piece& piece, const AppendAnswer& answer, Later& later) {
  if (answer.offset && *answer.offset != piece.offset) {
    return abandon(
        fmt::format("rows sent for offset {} were stored at {}", piece.offset, *answer.offset),
        later);
  }
  ever_stored_ = true;
  // What lies before it in the stream is stored too, whatever was answered.
  stored_until(end_of(piece), later);
}

void OffsetAppender::exists(const Piece& piece, const AppendAnswer& answer, Later& later) {
  // A request is stored whole or not at all.
  if (piece.resent && answer.expected_offset.value_or(end_of(piece)) >= end_of(piece)) {
    ++stats_.known_already;
    streams_.front()->set_progressed();
    return stored(piece, AppendAnswer(), later);
  }
  abandon(fmt::format("offsets {} to {} are taken, and not by rows of this process: {}",
                      piece.offset, end_of(piece), answer.message),
          later);
}

void OffsetAppender::beyond(Piece& piece, const AppendAnswer& answer, Later& later) {
  const auto offset = piece.offset;
  if (!piece.resent) pieces_.refused(piece);
  if (turn_ != Turn::kNone) return;  // Expected behind a failed request.
  if (answer.expected_offset && *answer.expected_offset < pieces_.acked()) {
    return abandon(fmt::format("it has fewer rows than it has acknowledged ({}): {}",
                               pieces_.acked(), answer.message),
                   later);
  }
  // The first that is not stored cannot be beyond the end: resending it would never end.
  turn_to(offset > pieces_.acked() ? Turn::kResend : Turn::kGiveBack, answer.message);
}

void OffsetAppender::row_errors(const PiecePtr& piece, const AppendAnswer& answer, Later& later) {
  // The answer is about this request; an earlier one with the same rows may have been stored.
  if (piece->resent) return turn_to(Turn::kSettle, answer.message);
  const auto before = piece->rows.size();
  const auto where = fmt::format("{} at offset {}", streams_.front()->name(), piece->offset);
  if (!reject_named(*piece, answer, where)) return bad_request(piece, answer, later);
  stats_.row_errors += before - piece->rows.size();
  note_given_up(*piece->writing);
  pieces_.refused(*piece);
  turn_to(Turn::kResend, answer.message);
  if (piece->rows.empty()) remove(piece, later);
}

void OffsetAppender::bad_request(const PiecePtr& piece, const AppendAnswer& answer, Later& later) {
  if (piece->resent) return turn_to(Turn::kSettle, answer.message);
  const auto where = fmt::format("{} at offset {}", streams_.front()->name(), piece->offset);
  pieces_.refused(*piece);
  turn_to(Turn::kResend, answer.message);
  split_or_suspect(piece, answer, where, later);
}

void OffsetAppender::split_or_suspect(const PiecePtr& piece, const AppendAnswer& answer,
                                      const std::string& where, Later& later) {
  if (piece->rows.size() > 1) return pieces_.insert_behind(piece, split_half(*piece));
  suspect(*piece, answer, where);
  note_given_up(*piece->writing);
  remove(piece, later);
}

void OffsetAppender::remove(const PiecePtr& piece, Later& later) {
  pieces_.remove(piece);
  end_piece(piece->writing, later);
}

void OffsetAppender::ended(AppendStream& stream, std::deque<PiecePtr> unanswered,
                           const AppendAnswer& status, Later& later) {
  if (unanswered.empty()) {
    if (!stream.progressed() && !pieces_.empty()) turn_to(Turn::kGiveBack, status.message);
    return;
  }
  ++stats_.failures;
  later.troubles.push_back(status.verdict);
  if (status.verdict == Verdict::kBadRequest && ever_stored_) {
    // The service cannot handle one of these requests: the first that the stream does not have.
    blamed_ = std::move(unanswered);
    blame_ = status;
    return turn_to(Turn::kSettle, status.message);
  }
  turn_to(status.verdict == Verdict::kStreamGone ? Turn::kSettle : Turn::kGiveBack, status.message);
}

void OffsetAppender::given_back(const Error& error) {
  // What was to come behind it comes behind it again.
  turn_to(Turn::kGiveBack, error.message);
}

void OffsetAppender::turn_to(Turn turn, const std::string& why) {
  if (turn <= turn_) return;  // The graver one stays.
  turn_ = turn;
  why_ = why;
}

void OffsetAppender::abandon(const std::string& why, Later& later) {
  later.errors.push_back(
      fmt::format("Stream {} is given up, and a new one takes its place; rows in flight may be "
                  "stored twice: {}",
                  streams_.front()->name(), why));
  turn_to(Turn::kAbandon, why);
}

bool OffsetAppender::all_answered() const {
  return !writing_ledger_ && (streams_.empty() || streams_.front()->requests() == 0);
}

void OffsetAppender::take_turn(Later& later) {
  if (turn_ == Turn::kNone || !all_answered()) return;
  if (turn_ >= Turn::kSettle) return;  // tick() asks the service, and makes a new stream.
  const auto end = pieces_.rewind();
  // Before there is a stream, the ledger speaks of the stream of the last process.
  if (ledger_ != nullptr && !streams_.empty()) ledger_->not_stored(end);
  if (turn_ == Turn::kGiveBack) give_back("BigQuery: " + why_, later);
  turn_ = Turn::kNone;
}

void OffsetAppender::give_back(const std::string& why, Later& later) {
  for (const auto& piece : pieces_.all()) {
    if (piece->writing->returned) continue;
    if (!piece->writing->failed) piece->writing->failed = Error{ErrorCode::kUnavailable, why};
    end_writing(piece->writing, later);
  }
}

void OffsetAppender::stored_until(std::int64_t rows, Later& later) {
  for (const auto& piece : pieces_.take_stored(rows)) {
    store(*piece);
    if (ledger_ != nullptr) ledger_->stored(end_of(*piece), piece->end);
    end_piece(piece->writing, later);
  }
}

// The stream takes no rows any more and has so many, if that is known. What it does not have goes
// to another.
void OffsetAppender::leave_stream(std::optional<std::int64_t> rows, Later& later) {
  const std::string name = streams_.front()->name();
  // With more rows than were sent the number says nothing about ours.
  if (rows && *rows <= pieces_.sent()) stored_until(*rows, later);
  if (rows && *rows != pieces_.acked()) {
    later.errors.push_back(
        fmt::format("Stream {} has {} rows, and this process knows of {}: rows may be stored twice",
                    name, *rows, pieces_.acked()));
  } else if (!rows && turn_ == Turn::kSettle && pieces_.sent() > pieces_.acked()) {
    later.errors.push_back(fmt::format(
        "How many rows stream {} has cannot be known, rows may be stored twice: {}", name, why_));
  }
  pieces_.leave_stream();
  streams_.clear();
  split_blamed(name, later);
  if (turn_ == Turn::kAbandon) give_back("BigQuery: " + why_, later);
  turn_ = Turn::kNone;
}

void OffsetAppender::split_blamed(const std::string& where, Later& later) {
  const auto blamed = std::exchange(blamed_, {});
  for (const auto& piece : blamed) {
    if (!piece->writing->returned && pieces_.has(piece)) {
      return split_or_suspect(piece, blame_, where, later);
    }
  }
}

void OffsetAppender::begin_close(Later& later) {
  calls_.stop();
  to_note_.notify_all();
  if (!pieces_.in_doubt()) give_back("the sink was closed", later);
}

void OffsetAppender::end_close() {
  std::string name;
  bool trusted = false;
  {
    MutexLock lock(mutex_);
    if (!streams_.empty()) name = streams_.front()->name();
    trusted = turn_ != Turn::kAbandon;
  }
  // The rows of a batch that is given back may become dead letters, to be sent once more: those
  // that are stored must not be among them.
  std::optional<std::int64_t> rows;
  if (!name.empty()) {
    const auto counted =
        WriteStreams(channel_, settings_.denied_max).finalize(name, kLastCallTimeout);
    if (counted && trusted) rows = *counted;
  }
  Later later;
  {
    MutexLock lock(mutex_);
    enter();
    if (!rows && turn_ < Turn::kSettle && pieces_.in_doubt() && ledger_ == nullptr) {
      later.errors.push_back(fmt::format(
          "What stream {} has stored at the end is not known: rows may be stored twice", name));
    }
    if (!name.empty()) leave_stream(rows, later);
    give_back("the sink was closed", later);
    pieces_ = {};
    returned_.clear();
  }
  run(std::move(later));
  if (ledger_thread_.joinable()) ledger_thread_.join();
}

}  // namespace rs::bigquery
