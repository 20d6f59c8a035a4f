#include "fakes/bigquery/append_reactor.h"

#include <algorithm>
#include <utility>

#include "fakes/bigquery/write_status.h"

namespace rs::fakes {
namespace {

std::string header(const grpc::CallbackServerContext& context, const char* name) {
  const auto at = context.client_metadata().find(name);
  return at == context.client_metadata().end() ? std::string()
                                               : std::string(at->second.data(), at->second.size());
}

}  // namespace

AppendReactor* AppendReactor::start(Core& core, grpc::CallbackServerContext& context) {
  auto reactor = std::make_shared<AppendReactor>(core, context);
  reactor->self_ = reactor;
  core.observed.count([](FakeBigQueryStats& stats) {
    ++stats.connections;
    ++stats.connections_open;
  });
  const std::string problem =
      core.options.require_token ? core.tokens.problem(header(context, "authorization")) : "";
  // Reactions begin once this has returned; the lock says so to ThreadSanitizer, which cannot see
  // into gRPC's library.
  const MutexLock lock(reactor->mutex_);
  if (problem.empty()) {
    reactor->StartRead(&reactor->request_);
  } else {
    WriteError error;
    error.code = kCodeUnauthenticated;
    error.message = "Request had invalid authentication credentials: " + problem;
    reactor->finish(error);
  }
  return reactor.get();
}

AppendReactor::AppendReactor(Core& core, grpc::CallbackServerContext& context)
    : core_(core),
      context_(context),
      session_(core, ++core.connections, header(context, "x-goog-request-params")) {}

AppendReactor::~AppendReactor() {
  core_.observed.count([](FakeBigQueryStats& stats) { --stats.connections_open; });
}

void AppendReactor::OnReadDone(bool ok) {
  if (!ok) {
    {
      const MutexLock lock(mutex_);
      read_all_ = true;
    }
    pump();
    return;
  }
  AppendAnswer answer = session_.handle(request_);
  const auto pause = answer.stop_reading;
  const bool ends = answer.end.has_value();
  take(std::move(answer));
  if (ends) return;
  if (pause.count() == 0) return read_next();
  core_.timer.at(Timer::Clock::now() + pause, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->read_next();
  });
}

void AppendReactor::read_next() {
  const MutexLock lock(mutex_);
  if (!finished_) StartRead(&request_);
}

void AppendReactor::take(AppendAnswer answer) {
  {
    const MutexLock lock(mutex_);
    auto time = Timer::Clock::now() + core_.options.ack_delay + answer.delay;
    if (!answers_.empty()) time = std::max(time, answers_.back().time);
    for (auto& response : answer.responses) answers_.push_back({time, std::move(response)});
    if (answer.hangs) hangs_ = true;
    if (answer.end) end_ = std::move(answer.end);
  }
  pump();
}

void AppendReactor::pump() {
  // The gate calls its waiters with no lock held, so it is asked before ours is taken.
  const bool open = core_.gate.pass([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->pump();
  });
  const MutexLock lock(mutex_);
  if (finished_ || writing_) return;
  if (cancelled_ || end_)
    return finish(end_.value_or(WriteError{kCodeCancelled, 0, "cancelled", "", true}));
  if (hangs_ || !open) return;
  if (!answers_.empty()) return write_front();
  if (read_all_) finish(WriteError{kCodeOk, 0, "", "", true});
}

void AppendReactor::write_front() {
  const auto time = answers_.front().time;
  if (time > Timer::Clock::now()) return wake_at(time);
  current_ = std::move(answers_.front().response);
  answers_.pop_front();
  writing_ = true;
  StartWrite(&current_);
}

void AppendReactor::wake_at(Timer::Clock::time_point time) {
  core_.timer.at(time, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->pump();
  });
}

void AppendReactor::finish(const WriteError& error) {
  finished_ = true;
  if (error.code == kCodeOk) return Finish(grpc::Status::OK);
  if (error.storage_error != 0) {
    context_.AddTrailingMetadata("google.cloud.bigquery.storage.v1.storageerror-bin",
                                 storage_error(error).SerializeAsString());
  }
  Finish(grpc::Status(static_cast<grpc::StatusCode>(error.code), error.message,
                      error.storage_error != 0 ? status_message(error).SerializeAsString() : ""));
}

void AppendReactor::OnWriteDone(bool ok) {
  if (ok) {
    const bool is_result = current_.has_append_result(), is_error = current_.has_error();
    core_.observed.count([&](FakeBigQueryStats& stats) {
      stats.acks += is_result ? 1 : 0;
      stats.errors += is_error ? 1 : 0;
    });
  }
  {
    const MutexLock lock(mutex_);
    writing_ = false;
    if (!ok) cancelled_ = true;
  }
  pump();
}

void AppendReactor::OnCancel() {
  {
    const MutexLock lock(mutex_);
    cancelled_ = true;
  }
  pump();
}

void AppendReactor::OnDone() {
  const auto self = std::move(self_);  // A timer may hold it a moment longer.
}

}  // namespace rs::fakes
