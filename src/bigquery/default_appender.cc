#include "bigquery/default_appender.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace rs::bigquery {
namespace {

using std::chrono::seconds;

// Quota errors that come together are one.
constexpr seconds kSlowDownEach{1};
// After BigQuery refused a further connection, none is tried for this long.
constexpr seconds kConnectionsRefused{60};
// What a call may take to end by itself before it is cancelled.
constexpr seconds kGoodbye{1};

Error unavailable(std::string message) {
  return {ErrorCode::kUnavailable, "BigQuery: " + std::move(message)};
}

}  // namespace

DefaultAppender::DefaultAppender(const BigQuerySettings& settings, AppenderHost& host)
    : settings_(settings),
      host_(host),
      stream_name_(settings.table_path() + "/streams/_default"),
      limit_(static_cast<double>(settings.window_requests * settings.connections_max)),
      streams_max_(settings.connections_max) {
  stats_.remote = true;
}

DefaultAppender::~DefaultAppender() {
  close();
}

void DefaultAppender::write(const row::Batch& batch, spool::Position, sink::WriteDone done) {
  Later later;
  {
    MutexLock lock(mutex_);
    ++running_;
    const auto known = std::find_if(returned_.begin(), returned_.end(),
                                    [&](const WritingPtr& each) { return is_same(*each, batch); });
    WritingPtr writing;
    if (known != returned_.end()) {
      writing = std::move(*known);
      returned_.erase(known);
      writing->done = std::move(done);
    } else {
      writing = begin_writing(batch, std::move(done));
    }
    auto pieces = cut(writing, settings_.request_bytes_max);
    if (pieces.empty() || closing_) {
      if (closing_) writing->failed = unavailable("the sink was closed");
      writing->pieces = 1;
      end_piece(writing, later);
    } else {
      for (auto& piece : pieces) waiting_.push_back(std::move(piece));
      pump(later);
    }
  }
  run(std::move(later));
}

void DefaultAppender::run(Later later) {
  while (!later.sends.empty()) {
    const auto [stream, piece] = later.sends.back();
    later.sends.pop_back();
    stream->send(*piece);
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

AppendStream& DefaultAppender::stream_of(const AppendConnection* connection) {
  return **std::find_if(streams_.begin(), streams_.end(),
                        [&](const auto& each) { return each->is(connection); });
}

void DefaultAppender::add_stream() {
  streams_.push_back(std::make_unique<AppendStream>(host_.make_channel(), stream_name_));
}

void DefaultAppender::drop_stream(const AppendStream& stream) {
  const auto at = std::find_if(streams_.begin(), streams_.end(),
                               [&](const auto& each) { return each.get() == &stream; });
  spent_.push_back((*at)->take_channel());
  streams_.erase(at);
}

AppendStream* DefaultAppender::stream_with_room(const Piece& piece) {
  if (static_cast<double>(in_flight_) >= limit_) return nullptr;
  if (streams_.empty()) add_stream();
  AppendStream* best = nullptr;
  for (const auto& stream : streams_) {
    if (!stream->ready() || stream->requests() >= settings_.window_requests) continue;
    // A piece larger than the window goes alone.
    const bool alone = stream->requests() == 0;
    if (!alone && stream->bytes() + piece.bytes > settings_.window_bytes) continue;
    if (best == nullptr || stream->bytes() < best->bytes()) best = stream.get();
  }
  return best;
}

void DefaultAppender::pump(Later& later) {
  while (!waiting_.empty()) {
    if (waiting_.front().writing->failed) {
      const auto writing = waiting_.front().writing;
      waiting_.pop_front();
      end_piece(writing, later);
      continue;
    }
    AppendStream* stream = closing_ ? nullptr : stream_with_room(waiting_.front());
    if (stream == nullptr) break;
    if (!stream->connected()) {
      ++stats_.connects;
      stream->connect(*this);
    }
    ++in_flight_;
    ++stats_.requests;
    later.sends.emplace_back(stream, &stream->begin_send(std::move(waiting_.front())));
    waiting_.pop_front();
  }
}

void DefaultAppender::on_sent(AppendConnection& connection, bool sent) {
  Later later;
  {
    MutexLock lock(mutex_);
    ++running_;
    stream_of(&connection).on_sent(sent);
    pump(later);
  }
  run(std::move(later));
}

void DefaultAppender::on_answer(AppendConnection& connection, AppendAnswer answer) {
  Later later;
  {
    MutexLock lock(mutex_);
    ++running_;
    AppendStream& stream = stream_of(&connection);
    const auto now = Clock::now();
    if (auto piece = stream.answered(now)) {
      --in_flight_;
      round_trip_.record(static_cast<std::uint64_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(now - piece->sent).count()));
      if (answer.schema_changed) later.troubles.push_back(Verdict::kSchemaLags);
      settle(stream, *std::move(piece), answer, later);
      pump(later);
    }
  }
  run(std::move(later));
}

void DefaultAppender::settle(AppendStream& stream, Piece piece, const AppendAnswer& answer,
                             Later& later) {
  switch (answer.verdict) {
    case Verdict::kStored:
      stream.set_progressed();
      ever_stored_ = true;
      limit_ = std::min(limit_ + 0.25,
                        static_cast<double>(settings_.window_requests * settings_.connections_max));
      store(piece);
      return end_piece(piece.writing, later);
    case Verdict::kRowErrors: {
      stream.set_progressed();
      const auto before = piece.rows.size();
      if (!reject_named(piece, answer, stream_name_)) {
        return bad_request(std::move(piece), answer, later);
      }
      stats_.row_errors += before - piece.rows.size();
      if (piece.rows.empty()) return end_piece(piece.writing, later);
      waiting_.push_front(std::move(piece));
      return;
    }
    case Verdict::kBadRequest:
      stream.set_progressed();
      return bad_request(std::move(piece), answer, later);
    case Verdict::kQuota:
      slow_down();
      return fail_piece(piece, {ErrorCode::kOverloaded, "BigQuery: " + answer.message}, later);
    default:
      fail_piece(piece, unavailable(answer.message), later);
      later.troubles.push_back(answer.verdict);
  }
}

void DefaultAppender::bad_request(Piece piece, const AppendAnswer& answer, Later& later) {
  if (piece.rows.size() > 1) {
    waiting_.push_front(split_at(piece, piece.rows.size() / 2));
    waiting_.push_front(std::move(piece));
    return;
  }
  suspect(piece, answer, stream_name_);
  end_piece(piece.writing, later);
}

void DefaultAppender::slow_down() {
  const auto now = Clock::now();
  if (now - slowed_ < kSlowDownEach) return;
  slowed_ = now;
  limit_ = std::max(1.0, std::min(limit_, static_cast<double>(in_flight_ + 1)) / 2);
}

void DefaultAppender::fail_piece(const Piece& piece, const Error& error, Later& later) {
  ++stats_.failures;
  if (!piece.writing->failed) piece.writing->failed = error;
  end_piece(piece.writing, later);
}

void DefaultAppender::end_piece(const WritingPtr& writing, Later& later) {
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
    returned_.push_back(writing);
  }
  later.ends.emplace_back(std::move(writing->done), std::move(result));
}

void DefaultAppender::fail_waiting(const Error& error, Later& later) {
  auto waiting = std::exchange(waiting_, {});
  for (auto& piece : waiting) fail_piece(piece, error, later);
}

bool DefaultAppender::any_connected() const {
  return std::any_of(streams_.begin(), streams_.end(),
                     [](const auto& each) { return each->connected(); });
}

void DefaultAppender::on_broken(AppendConnection& connection) {
  MutexLock lock(mutex_);
  stream_of(&connection).on_broken();
}

void DefaultAppender::on_end(const AppendConnection* gone, AppendAnswer status) {
  Later later;
  {
    MutexLock lock(mutex_);
    ++running_;
    AppendStream& stream = stream_of(gone);
    if (!stream.cancelled_because().empty()) status.message = stream.cancelled_because();
    end_in_flight(stream, status, later);
    if (!stream.progressed() && !any_connected()) {
      fail_waiting(unavailable(status.message), later);
    }
    if (stream.retiring()) drop_stream(stream);
    pump(later);
  }
  run(std::move(later));
}

void DefaultAppender::end_in_flight(AppendStream& stream, const AppendAnswer& status,
                                    Later& later) {
  auto unanswered = stream.ended();
  in_flight_ -= unanswered.size();
  // An idle connection is closed after 10 minutes, which is no trouble at all.
  if (unanswered.empty()) return;
  if (status.verdict == Verdict::kQuota && !stream.progressed() && streams_.size() > 1) {
    // One connection too many: the others go on with its requests.
    stream.retire();
    streams_max_ = std::max<std::size_t>(1, streams_.size() - 1);
    refused_ = Clock::now();
    for (; !unanswered.empty(); unanswered.pop_back()) {
      waiting_.push_front(std::move(unanswered.back()));
    }
    return;
  }
  if (status.verdict == Verdict::kBadRequest && ever_stored_) {
    // Answers come in order, so the oldest is what the service choked on.
    bad_request(std::move(unanswered.front()), status, later);
    unanswered.pop_front();
  }
  if (status.verdict == Verdict::kQuota) slow_down();
  for (auto& piece : unanswered) {
    fail_piece(piece, unavailable(status.message), later);
  }
  later.troubles.push_back(status.verdict);
}

void DefaultAppender::tick(Clock::time_point now) {
  std::vector<std::shared_ptr<grpc::Channel>> spent;
  Later later;
  {
    MutexLock lock(mutex_);
    ++running_;
    spent.swap(spent_);
    for (const auto& stream : streams_) {
      if (!stream->overdue(now, settings_.answer_timeout)) continue;
      stream->cancel(fmt::format("no answer for {} ms", settings_.answer_timeout.count()));
    }
    grow_or_shrink(now);
    pump(later);
  }
  run(std::move(later));
}

void DefaultAppender::grow_or_shrink(Clock::time_point now) {
  if (now - refused_ > kConnectionsRefused) streams_max_ = settings_.connections_max;
  const bool busy =
      !waiting_.empty() && std::all_of(streams_.begin(), streams_.end(), [&](const auto& each) {
        return each->requests() * 5 > settings_.window_requests ||
               each->bytes() * 5 > settings_.window_bytes;
      });
  if (!busy) {
    busy_since_.reset();
  } else if (!busy_since_) {
    busy_since_ = now;
  } else if (now - *busy_since_ >= settings_.grow_after && streams_.size() < streams_max_) {
    add_stream();
    busy_since_.reset();
  }
  const bool idle = streams_.size() > 1 && in_flight_ * 20 < settings_.window_requests;
  if (!idle) {
    idle_since_.reset();
  } else if (!idle_since_) {
    idle_since_ = now;
  } else if (now - *idle_since_ >= settings_.shrink_after) {
    idle_since_.reset();
    AppendStream& last = *streams_.back();
    last.retire();
    if (!last.connected()) drop_stream(last);
  }
}

void DefaultAppender::close() {
  Later later;
  {
    MutexLock lock(mutex_);
    ++running_;
    closing_ = true;
    fail_waiting(unavailable("the sink was closed"), later);
    for (const auto& stream : streams_) {
      stream->retire();
      if (stream->requests() > 0) stream->cancel("the sink was closed before it answered");
    }
  }
  run(std::move(later));
  MutexLock lock(mutex_);
  const auto until = Clock::now() + kGoodbye;
  while (any_connected() && changed_.wait_until(mutex_, until) != std::cv_status::timeout) {
  }
  for (const auto& stream : streams_) stream->cancel("the sink was closed");
  while (any_connected() || running_ > 0) changed_.wait(mutex_);
  streams_.clear();
  spent_.clear();
  returned_.clear();
}

sink::SinkStats DefaultAppender::stats() const {
  MutexLock lock(mutex_);
  auto stats = stats_;
  stats.connections = static_cast<std::uint64_t>(std::count_if(
      streams_.begin(), streams_.end(), [](const auto& each) { return each->connected(); }));
  stats.round_trip_micros = round_trip_.snapshot();
  return stats;
}

}  // namespace rs::bigquery
