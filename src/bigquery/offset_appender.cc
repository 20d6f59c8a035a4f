#include "bigquery/offset_appender.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "bigquery/write_streams.h"
#include "obs/log.h"

namespace rs::bigquery {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLastCallTimeout{1'000};
// Between two attempts to make a stream.
constexpr milliseconds kCreateEach{1'000};
// What a call may take to end by itself before it is cancelled.
constexpr milliseconds kGoodbye{1'000};

Error unavailable(const std::string& message) {
  return {ErrorCode::kUnavailable, "BigQuery: " + message};
}

}  // namespace

OffsetAppender::OffsetAppender(const BigQuerySettings& settings, AppenderHost& host,
                               StreamLedger* ledger)
    : settings_(settings), host_(host), ledger_(ledger), channel_(host.make_channel()) {
  stats_.remote = true;
}

OffsetAppender::~OffsetAppender() {
  close();
}

void OffsetAppender::write(const row::Batch& batch, spool::Position begin, sink::WriteDone done) {
  Later later;
  {
    MutexLock lock(mutex_);
    ++running_;
    const bool known = !returned_.empty() && is_same(*returned_.front(), batch);
    // Written out of turn: its rows would take the place of those that come first.
    const bool early = !known && (!returned_.empty() || turn_ == Turn::kGiveBack);
    if (closing_ || early) {
      later.ends.emplace_back(
          std::move(done),
          tl::unexpected(unavailable(closing_ ? "the sink was closed"
                                              : "a batch before this one is sent again first")));
    } else {
      WritingPtr writing;
      if (known) {
        writing = std::move(returned_.front());
        returned_.pop_front();
        writing->done = std::move(done);
      } else {
        writing = begin_writing(batch, std::move(done));
        writing->begin = begin;
        writing->sequence = ++sequence_;
        note_written(*writing);
      }
      auto pieces = cut(writing, settings_.request_bytes_max);
      note_given_up(*writing);
      if (pieces.empty()) {
        writing->pieces = 1;
        end_piece(writing, later);
      }
      std::move(pieces.begin(), pieces.end(), std::back_inserter(waiting_));
      pump(later);
    }
  }
  run(std::move(later));
}

void OffsetAppender::run(Later later) {
  while (later.send != nullptr) {
    AppendStream* stream;
    {
      MutexLock lock(mutex_);
      stream = stream_.get();  // Stays while a request is being sent.
    }
    stream->send(*std::exchange(later.send, nullptr));
    MutexLock lock(mutex_);
    stream->sent();
    pump(later);  // on_sent() may have come before, and found the stream not ready.
  }
  for (const auto trouble : later.troubles) host_.on_trouble(trouble);
  for (auto& [done, result] : later.ends) done(std::move(result));
  MutexLock lock(mutex_);
  --running_;
  changed_.notify_all();
}

void OffsetAppender::pump(Later& later) {
  // What is at the front may have been stored by an earlier process.
  for (; stream_ && turn_ == Turn::kNone && !waiting_.empty(); waiting_.pop_front()) {
    drop_covered(waiting_.front());
    if (!waiting_.front().rows.empty()) break;
    end_piece(waiting_.front().writing, later);
  }
  if (closing_ || !stream_ || turn_ != Turn::kNone || waiting_.empty()) return;
  if (!stream_->ready() ||
      stream_->requests() >= std::min(kOffsetWindow, settings_.window_requests)) {
    return;
  }
  if (stream_->requests() > 0 &&
      stream_->bytes() + waiting_.front().bytes > settings_.window_bytes) {
    return;
  }
  if (!stream_->connected()) {
    ++stats_.connects;
    stream_->connect(*this);
  }
  waiting_.front().offset = next_;
  if (auto noted = note_request(waiting_.front()); !noted) {
    turn_to(Turn::kGiveBack, noted.error().message);
    return turn_if_answered(later);
  }
  Piece piece = std::move(waiting_.front());
  waiting_.pop_front();
  next_ = end_of(piece);
  piece.resent = next_ <= sent_to_;
  sent_to_ = std::max(sent_to_, next_);
  ++stats_.requests;
  later.send = &stream_->begin_send(std::move(piece));
}

void OffsetAppender::on_sent(AppendConnection&, bool sent) {
  Later later;
  {
    MutexLock lock(mutex_);
    ++running_;
    stream_->on_sent(sent);
    pump(later);
  }
  run(std::move(later));
}

void OffsetAppender::on_answer(AppendConnection&, AppendAnswer answer) {
  Later later;
  {
    MutexLock lock(mutex_);
    ++running_;
    const auto now = Clock::now();
    if (auto piece = stream_->answered(now)) {
      round_trip_.record(static_cast<std::uint64_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(now - piece->sent).count()));
      if (answer.schema_changed) later.troubles.push_back(Verdict::kSchemaLags);
      settle(*std::move(piece), answer, later);
      turn_if_answered(later);
      pump(later);
    }
  }
  run(std::move(later));
}

void OffsetAppender::settle(Piece piece, const AppendAnswer& answer, Later& later) {
  switch (answer.verdict) {
    case Verdict::kStored:
      return stored(std::move(piece), answer, later);
    case Verdict::kOffsetExists:
      return exists(std::move(piece), answer, later);
    case Verdict::kOffsetBeyond:
      return beyond(std::move(piece), answer);
    case Verdict::kRowErrors:
      return row_errors(std::move(piece), answer, later);
    case Verdict::kBadRequest:
      return bad_request(std::move(piece), answer, later);
    case Verdict::kStreamGone:
      failed_.push_back(std::move(piece));
      return turn_to(Turn::kSettle, answer.message);
    default:
      ++stats_.failures;
      // Behind a failed request the service may also say ABORTED.
      if (turn_ == Turn::kNone) later.troubles.push_back(answer.verdict);
      failed_.push_back(std::move(piece));
      if (turn_ == Turn::kNone) turn_to(Turn::kGiveBack, answer.message);
  }
}

void OffsetAppender::stored(Piece piece, const AppendAnswer& answer, Later& later) {
  if (answer.offset && *answer.offset != piece.offset) {
    const auto why =
        fmt::format("rows sent for offset {} were stored at {}", piece.offset, *answer.offset);
    failed_.push_back(std::move(piece));
    return abandon(why);
  }
  // What lies before it in the stream is stored too, whatever was said of it.
  while (!failed_.empty() && end_of(failed_.front()) <= piece.offset) {
    store(failed_.front());
    note_stored(failed_.front());
    const auto writing = failed_.front().writing;
    failed_.pop_front();
    end_piece(writing, later);
  }
  acked_ = std::max(acked_, end_of(piece));
  ever_stored_ = true;
  stream_->set_progressed();
  store(piece);
  note_stored(piece);
  end_piece(piece.writing, later);
}

void OffsetAppender::exists(Piece piece, const AppendAnswer& answer, Later& later) {
  // How far the stream reaches into these rows. They were sent before, in this order, from here on.
  const auto expected = answer.expected_offset.value_or(end_of(piece));
  if (piece.resent && expected > piece.offset) {
    ++stats_.known_already;
    if (expected < end_of(piece)) {
      failed_.push_back(split_at(piece, static_cast<std::size_t>(expected - piece.offset)));
      turn_to(Turn::kResend, answer.message);
    }
    return stored(std::move(piece), AppendAnswer(), later);
  }
  const auto why = fmt::format("offsets {} to {} are taken, and not by rows of this process: {}",
                               piece.offset, end_of(piece), answer.message);
  failed_.push_back(std::move(piece));
  abandon(why);
}

void OffsetAppender::beyond(Piece piece, const AppendAnswer& answer) {
  const auto offset = piece.offset;
  failed_.push_back(std::move(piece));
  if (turn_ != Turn::kNone) return;  // Behind a failed one: as it should be.
  if (answer.expected_offset && *answer.expected_offset < acked_) {
    return abandon(
        fmt::format("it has fewer rows than it has acknowledged ({}): {}", acked_, answer.message));
  }
  // The first that is not stored cannot be beyond the end: that would go round for ever.
  turn_to(offset > acked_ ? Turn::kResend : Turn::kGiveBack, answer.message);
}

void OffsetAppender::row_errors(Piece piece, const AppendAnswer& answer, Later& later) {
  stream_->set_progressed();
  const auto before = piece.rows.size();
  const auto where = fmt::format("{} at offset {}", stream_->name(), piece.offset);
  if (!reject_named(piece, answer, where)) return bad_request(std::move(piece), answer, later);
  note_not_stored(piece);
  note_given_up(*piece.writing);
  stats_.row_errors += before - piece.rows.size();
  sent_to_ = piece.offset;  // None of this request is stored, so none behind it.
  turn_to(Turn::kResend, answer.message);
  if (piece.rows.empty()) return end_piece(piece.writing, later);
  failed_.push_back(std::move(piece));
}

void OffsetAppender::bad_request(Piece piece, const AppendAnswer& answer, Later& later) {
  note_not_stored(piece);
  sent_to_ = piece.offset;
  turn_to(Turn::kResend, answer.message);
  if (piece.rows.size() > 1) {
    Piece second = split_at(piece, piece.rows.size() / 2);
    failed_.push_back(std::move(piece));
    failed_.push_back(std::move(second));
    return;
  }
  suspect(piece, answer, fmt::format("{} at offset {}", stream_->name(), piece.offset));
  note_given_up(*piece.writing);
  end_piece(piece.writing, later);
}

void OffsetAppender::on_broken(AppendConnection&) {
  MutexLock lock(mutex_);
  stream_->on_broken();
}

void OffsetAppender::on_end(const AppendConnection*, AppendAnswer status) {
  Later later;
  {
    MutexLock lock(mutex_);
    ++running_;
    if (!stream_->cancelled_because().empty()) status.message = stream_->cancelled_because();
    auto unanswered = stream_->ended();
    if (!unanswered.empty()) {
      ++stats_.failures;
      later.troubles.push_back(status.verdict);
      if (status.verdict == Verdict::kBadRequest && ever_stored_ && turn_ == Turn::kNone) {
        // Answers come in order, so the oldest is what the service choked on.
        Piece first = std::move(unanswered.front());
        unanswered.pop_front();
        bad_request(std::move(first), status, later);
      } else {
        turn_to(status.verdict == Verdict::kStreamGone ? Turn::kSettle : Turn::kGiveBack,
                status.message);
      }
      std::move(unanswered.begin(), unanswered.end(), std::back_inserter(failed_));
    } else if (!stream_->progressed() && !waiting_.empty()) {
      turn_to(Turn::kGiveBack, status.message);
    }
    turn_if_answered(later);
    pump(later);
  }
  run(std::move(later));
}

void OffsetAppender::tick(Clock::time_point now) {
  bool replace = false, finalize = false;
  {
    MutexLock lock(mutex_);
    if (stream_ && stream_->overdue(now, settings_.answer_timeout)) {
      stream_->cancel(fmt::format("no answer for {} ms", settings_.answer_timeout.count()));
    }
    const bool over = turn_ >= Turn::kSettle && stream_ && stream_->requests() == 0;
    if (over && stream_->connected()) stream_->cancel("the stream has ended");
    replace = !closing_ && now >= create_at_ && (!stream_ || (over && !stream_->connected()));
    finalize = turn_ == Turn::kSettle;
    if (replace) create_at_ = now + kCreateEach;
  }
  if (replace) replace_stream(finalize);
}

void OffsetAppender::close() {
  Later later;
  std::string name;
  {
    MutexLock lock(mutex_);
    if (closing_) return;
    ++running_;
    closing_ = true;
    if (stream_) {
      name = stream_->name();
      stream_->retire();
      if (stream_->requests() > 0) stream_->cancel("the sink was closed before it answered");
    }
    turn_to(Turn::kGiveBack, "the sink was closed");
    if (!stream_ || stream_->requests() == 0) give_back(later);
  }
  run(std::move(later));
  {
    MutexLock lock(mutex_);
    const auto until = Clock::now() + kGoodbye;
    const auto gone = [&]() REQUIRES(mutex_) { return !stream_ || !stream_->connected(); };
    while (!gone() && changed_.wait_until(mutex_, until) != std::cv_status::timeout) {
    }
    if (stream_) stream_->cancel("the sink was closed");
    while (!gone() || running_ > 0) changed_.wait(mutex_);
    Later rest;
    give_back(rest);
    ++running_;
    later = std::move(rest);
  }
  run(std::move(later));
  // Nothing depends on it: an unfinished stream ends by itself after three days.
  if (!name.empty()) static_cast<void>(WriteStreams(channel_).finalize(name, kLastCallTimeout));
}

sink::SinkStats OffsetAppender::stats() const {
  MutexLock lock(mutex_);
  auto stats = stats_;
  stats.connections = stream_ && stream_->connected() ? 1 : 0;
  stats.round_trip_micros = round_trip_.snapshot();
  return stats;
}

}  // namespace rs::bigquery
