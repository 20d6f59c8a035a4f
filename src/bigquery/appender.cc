#include "bigquery/appender.h"

#include <algorithm>

#include <fmt/format.h>

#include "obs/log.h"

namespace rs::bigquery {
namespace {

// How long a call may take to end by itself before it is cancelled.
constexpr std::chrono::seconds kGoodbye{1};

}  // namespace

Appender::Appender(const BigQuerySettings& settings, AppenderHost& host, Order order)
    : settings_(settings), host_(host), order_(order) {
  stats_.remote = true;
}

void Appender::write(const row::Batch& batch, const sink::BatchMarks& marks, sink::WriteDone done) {
  Later later;
  {
    MutexLock lock(mutex_);
    enter();
    const auto known = std::find_if(returned_.begin(), returned_.end(),
                                    [&](const auto& each) { return is_same(*each, batch); });
    // Out of turn, its rows would take the place of those that come first.
    const bool early =
        order_ == Order::kWritten && !returned_.empty() && known != returned_.begin();
    if (closing_ || early) {
      later.ends.emplace_back(
          std::move(done),
          tl::unexpected(unavailable(closing_ ? "the sink was closed"
                                              : "a batch before this one is sent again first")));
    } else {
      WritingPtr writing;
      if (known == returned_.end()) {
        writing = begin_writing(batch, marks);
        writing->sequence = ++sequence_;
      } else {
        writing = std::move(*known);
        returned_.erase(known);
      }
      writing->returned = false;
      writing->stored_before = writing->stored;
      writing->done = std::move(done);
      enqueue(cut(writing, settings_.request_bytes_max), writing);
      if (writing->pieces == 0) end_writing(writing, later);
      pump(later);
    }
  }
  run(std::move(later));
}

void Appender::run(Later later) {
  while (!later.sends.empty()) {
    const auto [stream, piece] = std::move(later.sends.back());
    later.sends.pop_back();
    stream->send(*piece);
    MutexLock lock(mutex_);
    stream->sent();
    pump(later);  // on_sent() may have come before, and found the stream not ready.
  }
  for (const auto& line : later.errors) RS_LOG(kError, "{}", line);
  for (const auto trouble : later.troubles) host_.on_trouble(trouble);
  for (auto& [done, result] : later.ends) done(std::move(result));
  MutexLock lock(mutex_);
  --running_;
  changed_.notify_all();
}

AppendStream& Appender::stream_of(const AppendConnection* connection) {
  return **std::find_if(streams_.begin(), streams_.end(),
                        [&](const auto& each) { return each->is(connection); });
}

bool Appender::any_connected() const {
  return std::any_of(streams_.begin(), streams_.end(),
                     [](const auto& each) { return each->connected(); });
}

void Appender::send(AppendStream& stream, PiecePtr piece, Later& later) {
  if (!stream.connected()) {
    ++stats_.connects;
    stream.connect(*this);
  }
  ++stats_.requests;
  stream.begin_send(piece);
  later.sends.emplace_back(&stream, std::move(piece));
}

void Appender::on_sent(AppendConnection& connection, bool sent) {
  Later later;
  {
    MutexLock lock(mutex_);
    enter();
    stream_of(&connection).on_sent(sent);
    pump(later);
  }
  run(std::move(later));
}

void Appender::on_answer(AppendConnection& connection, AppendAnswer answer) {
  Later later;
  {
    MutexLock lock(mutex_);
    enter();
    AppendStream& stream = stream_of(&connection);
    const auto now = Clock::now();
    if (const auto piece = stream.answered(now)) {
      round_trip_.record(static_cast<std::uint64_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(now - piece->sent).count()));
      if (answer.schema_changed) later.troubles.push_back(Verdict::kSchemaLags);
      settle(stream, piece, answer, later);
      pump(later);
    }
  }
  run(std::move(later));
}

void Appender::on_broken(AppendConnection& connection) {
  MutexLock lock(mutex_);
  stream_of(&connection).on_broken();
}

void Appender::on_end(const AppendConnection* gone, AppendAnswer status) {
  Later later;
  {
    MutexLock lock(mutex_);
    enter();
    AppendStream& stream = stream_of(gone);
    if (!stream.cancelled_because().empty()) status.message = stream.cancelled_because();
    ended(stream, stream.ended(), status, later);
    pump(later);
  }
  run(std::move(later));
}

void Appender::end_piece(const WritingPtr& writing, Later& later) {
  // One that Delivery has ends when it is written again.
  if (--writing->pieces == 0 && !writing->returned) end_writing(writing, later);
}

void Appender::end_writing(const WritingPtr& writing, Later& later) {
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
    writing->returned = true;
    const auto behind = std::find_if(returned_.begin(), returned_.end(), [&](const auto& each) {
      return each->sequence > writing->sequence;
    });
    returned_.insert(behind, writing);
    given_back(result.error());
  }
  later.ends.emplace_back(std::move(writing->done), std::move(result));
}

void Appender::cancel_overdue(Clock::time_point now) {
  for (const auto& stream : streams_) {
    if (!stream->overdue(now, settings_.answer_timeout)) continue;
    stream->cancel(fmt::format("no answer for {} ms", settings_.answer_timeout.count()));
  }
}

void Appender::close() {
  Later later;
  {
    MutexLock lock(mutex_);
    if (closing_) return;
    enter();
    closing_ = true;
    begin_close(later);
    for (const auto& stream : streams_) {
      stream->retire();
      if (stream->requests() > 0) stream->cancel("the sink was closed before it answered");
    }
  }
  run(std::move(later));
  end_connections();
  end_close();
}

void Appender::end_connections() {
  MutexLock lock(mutex_);
  const auto until = Clock::now() + kGoodbye;
  while (any_connected() && changed_.wait_until(mutex_, until) != std::cv_status::timeout) {
  }
  for (const auto& stream : streams_) stream->cancel("the sink was closed");
  while (any_connected() || running_ > 0) changed_.wait(mutex_);
}

sink::SinkStats Appender::stats() const {
  MutexLock lock(mutex_);
  auto stats = stats_;
  stats.connections = static_cast<std::uint64_t>(std::count_if(
      streams_.begin(), streams_.end(), [](const auto& each) { return each->connected(); }));
  stats.round_trip_micros = round_trip_.snapshot();
  return stats;
}

}  // namespace rs::bigquery
