#include "bigquery/default_appender.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace rs::bigquery {
namespace {

using std::chrono::seconds;

// Quota errors within this time count as one.
constexpr seconds kSlowDownEach{1};
// After BigQuery refused a further connection, none is tried for this long.
constexpr seconds kConnectionsRefused{60};

}  // namespace

DefaultAppender::DefaultAppender(const BigQuerySettings& settings, AppenderHost& host)
    : Appender(settings, host, Order::kAny),
      stream_name_(settings.table_path() + "/streams/_default"),
      limit_(static_cast<double>(settings.window_requests * settings.connections_max)),
      streams_max_(settings.connections_max) {
  auto channel = host.make_channel();
  MutexLock lock(mutex_);
  add_stream(std::move(channel));
}

void DefaultAppender::enqueue(std::vector<PiecePtr> pieces, const WritingPtr&) {
  std::move(pieces.begin(), pieces.end(), std::back_inserter(waiting_));
}

void DefaultAppender::add_stream(std::shared_ptr<grpc::Channel> channel) {
  streams_.push_back(std::make_unique<AppendStream>(std::move(channel), stream_name_));
}

void DefaultAppender::drop_stream(const AppendStream& stream) {
  const auto at = std::find_if(streams_.begin(), streams_.end(),
                               [&](const auto& each) { return each.get() == &stream; });
  spent_.push_back((*at)->take_channel());
  streams_.erase(at);
}

// At least one at all times.
std::size_t DefaultAppender::streams_in_use() const {
  return static_cast<std::size_t>(std::count_if(
      streams_.begin(), streams_.end(), [](const auto& each) { return !each->retiring(); }));
}

AppendStream* DefaultAppender::stream_with_room(const Piece& piece) {
  if (static_cast<double>(in_flight_) >= limit_) return nullptr;
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
    const auto piece = waiting_.front();
    if (piece->writing->failed) {
      waiting_.pop_front();
      reopen(*piece);
      end_piece(piece->writing, later);
      continue;
    }
    AppendStream* stream = closing_ ? nullptr : stream_with_room(*piece);
    if (stream == nullptr) break;
    waiting_.pop_front();
    ++in_flight_;
    send(*stream, piece, later);
  }
}

void DefaultAppender::settle(AppendStream& stream, const PiecePtr& piece,
                             const AppendAnswer& answer, Later& later) {
  --in_flight_;
  switch (answer.verdict) {
    case Verdict::kStored:
      stream.set_progressed();
      ever_stored_ = true;
      limit_ = std::min(limit_ + 0.25,
                        static_cast<double>(settings_.window_requests * settings_.connections_max));
      store(*piece);
      return end_piece(piece->writing, later);
    case Verdict::kRowErrors: {
      stream.set_progressed();
      const auto before = piece->rows.size();
      if (!reject_named(*piece, answer, stream_name_)) return bad_request(piece, answer, later);
      stats_.row_errors += before - piece->rows.size();
      if (piece->rows.empty()) return end_piece(piece->writing, later);
      waiting_.push_front(piece);
      return;
    }
    case Verdict::kBadRequest:
      stream.set_progressed();
      return bad_request(piece, answer, later);
    case Verdict::kQuota:
      slow_down();
      return fail_piece(*piece, {ErrorCode::kOverloaded, "BigQuery: " + answer.message}, later);
    default:
      fail_piece(*piece, unavailable(answer.message), later);
      later.troubles.push_back(answer.verdict);
  }
}

void DefaultAppender::bad_request(const PiecePtr& piece, const AppendAnswer& answer, Later& later) {
  if (piece->rows.size() > 1) {
    waiting_.push_front(split_half(*piece));
    waiting_.push_front(piece);
    return;
  }
  suspect(*piece, answer, stream_name_);
  end_piece(piece->writing, later);
}

void DefaultAppender::slow_down() {
  const auto now = Clock::now();
  if (now - slowed_ < kSlowDownEach) return;
  slowed_ = now;
  limit_ = std::max(1.0, std::min(limit_, static_cast<double>(in_flight_ + 1)) / 2);
}

void DefaultAppender::fail_piece(const Piece& piece, const Error& error, Later& later) {
  ++stats_.failures;
  reopen(piece);
  if (!piece.writing->failed) piece.writing->failed = error;
  end_piece(piece.writing, later);
}

void DefaultAppender::fail_waiting(const Error& error, Later& later) {
  for (const auto& piece : std::exchange(waiting_, {})) fail_piece(*piece, error, later);
}

void DefaultAppender::ended(AppendStream& stream, std::deque<PiecePtr> unanswered,
                            const AppendAnswer& status, Later& later) {
  in_flight_ -= unanswered.size();
  // An idle connection is closed after 10 minutes, which is not a failure.
  if (!unanswered.empty()) fail_unanswered(stream, std::move(unanswered), status, later);
  if (!stream.progressed() && !any_connected()) fail_waiting(unavailable(status.message), later);
  if (stream.retiring()) drop_stream(stream);
}

void DefaultAppender::fail_unanswered(AppendStream& stream, std::deque<PiecePtr> unanswered,
                                      const AppendAnswer& status, Later& later) {
  if (status.verdict == Verdict::kQuota && !stream.progressed() && streams_in_use() > 1) {
    // One connection too many: the others go on with its requests.
    streams_max_ = std::max<std::size_t>(1, streams_.size() - 1);
    refused_ = Clock::now();
    stream.retire();
    for (; !unanswered.empty(); unanswered.pop_back()) waiting_.push_front(unanswered.back());
    return;
  }
  if (status.verdict == Verdict::kBadRequest && ever_stored_) {
    // Requests are handled in order, so the oldest may be the one that the service cannot handle.
    bad_request(unanswered.front(), status, later);
    unanswered.pop_front();
  }
  if (status.verdict == Verdict::kQuota) slow_down();
  for (const auto& piece : unanswered) fail_piece(*piece, unavailable(status.message), later);
  later.troubles.push_back(status.verdict);
}

void DefaultAppender::tick(Clock::time_point now) {
  std::vector<std::shared_ptr<grpc::Channel>> spent;
  bool add = false;
  {
    MutexLock lock(mutex_);
    spent.swap(spent_);
    cancel_overdue(now);
    add = wants_stream(now);
    shrink(now);
  }
  // Without the lock: it may read the certificates that this machine trusts.
  auto channel = add ? host_.make_channel() : nullptr;
  Later later;
  {
    MutexLock lock(mutex_);
    enter();
    if (channel != nullptr && !closing_) add_stream(std::move(channel));
    pump(later);
  }
  run(std::move(later));
}

bool DefaultAppender::wants_stream(Clock::time_point now) {
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
    busy_since_.reset();
    return true;
  }
  return false;
}

void DefaultAppender::shrink(Clock::time_point now) {
  const bool idle = streams_in_use() > 1 && in_flight_ * 20 < settings_.window_requests;
  if (!idle) {
    idle_since_.reset();
  } else if (!idle_since_) {
    idle_since_ = now;
  } else if (now - *idle_since_ >= settings_.shrink_after) {
    idle_since_.reset();
    AppendStream& last = **std::find_if(streams_.rbegin(), streams_.rend(),
                                        [](const auto& each) { return !each->retiring(); });
    last.retire();
    if (!last.connected()) drop_stream(last);
  }
}

void DefaultAppender::begin_close(Later& later) {
  fail_waiting(unavailable("the sink was closed"), later);
}

void DefaultAppender::end_close() {
  std::vector<std::unique_ptr<AppendStream>> streams;
  std::vector<std::shared_ptr<grpc::Channel>> spent;
  MutexLock lock(mutex_);
  streams.swap(streams_);
  spent.swap(spent_);
  returned_.clear();
}

}  // namespace rs::bigquery
