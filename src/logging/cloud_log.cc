#include "logging/cloud_log.h"

#include <algorithm>
#include <random>
#include <utility>

#include <fmt/format.h>
#include <google/logging/v2/logging.grpc.pb.h>
#include <grpcpp/grpcpp.h>

namespace rs::logging {
namespace {

namespace v2 = ::google::logging::v2;
using Clock = std::chrono::steady_clock;
using grpc::StatusCode;

std::string random_prefix() {
  std::random_device chance;
  return fmt::format("{:08x}{:08x}", chance(), chance());
}

obs::LogRecord dropped_record(std::string_view message) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {.level = obs::Level::kWarning,
          .source = {__FILE__, "drop", __LINE__},
          .unix_micros = std::chrono::duration_cast<std::chrono::microseconds>(now).count(),
          .message = message};
}

}  // namespace

struct CloudLog::Call {
  grpc::ClientContext context;
};

CloudLog::CloudLog(CloudLogSettings settings, const std::shared_ptr<google::TokenSource>& tokens)
    : settings_(std::move(settings)),
      id_prefix_(random_prefix()),
      tokens_(tokens),
      channel_(google::make_channel(settings_.channel, tokens)),
      thread_([this] { run(); }) {}

CloudLog::~CloudLog() {
  stop(Clock::now());
}

void CloudLog::take(const obs::LogRecord& record) {
  KeptRecord kept(record);
  const std::size_t bytes = kept.bytes();
  const MutexLock lock(mutex_);
  if (stopping_ || queue_.size() >= settings_.held_records ||
      queue_bytes_ + bytes > settings_.held_bytes) {
    drop(1);
    return;
  }
  queue_bytes_ += bytes;
  ++stats_.held;
  queue_.push_back(std::move(kept));
  if (queue_.size() == 1 || queue_.size() >= settings_.batch_records) changed_.notify_all();
}

void CloudLog::drop(std::uint64_t count) {
  stats_.dropped += count;
  unsaid_ += count;
  obs::log_dropped(count);
}

void CloudLog::stop(Clock::time_point limit) {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    while (!done_ && changed_.wait_until(mutex_, limit) != std::cv_status::timeout) {
    }
    given_up_ = true;
    if (call_ != nullptr) call_->context.TryCancel();
    changed_.notify_all();
  }
  if (tokens_) tokens_->stop();
  if (thread_.joinable()) thread_.join();
}

CloudLogStats CloudLog::stats() const {
  const MutexLock lock(mutex_);
  return stats_;
}

std::vector<KeptRecord> CloudLog::next_batch() {
  const MutexLock lock(mutex_);
  while (queue_.empty() && !stopping_) changed_.wait(mutex_);
  const auto due = Clock::now() + settings_.linger;
  while (!stopping_ && queue_.size() < settings_.batch_records &&
         changed_.wait_until(mutex_, due) != std::cv_status::timeout) {
  }
  std::vector<KeptRecord> batch;
  while (!queue_.empty() && batch.size() < settings_.batch_records) {
    queue_bytes_ -= queue_.front().bytes();
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  // They came after all that was in the queue when it was full.
  if (unsaid_ > 0 && !given_up_ && queue_.empty() && !batch.empty()) {
    batch.emplace_back(dropped_record(fmt::format("{} log records were dropped here", unsaid_)));
    ++stats_.held;
    unsaid_ = 0;
  }
  return batch;
}

void CloudLog::run() {
  for (auto batch = next_batch(); !batch.empty(); batch = next_batch()) send(batch);
  const MutexLock lock(mutex_);
  done_ = true;
  changed_.notify_all();
}

void CloudLog::send(const std::vector<KeptRecord>& batch) {
  const std::uint64_t number = number_;
  number_ += batch.size();
  auto pause_time = settings_.pause_first;
  Fate fate = try_once(batch, number);
  while (fate == Fate::kAgain && pause(pause_time)) {
    pause_time = std::min(2 * pause_time, settings_.pause_longest);
    fate = try_once(batch, number);
  }
  const MutexLock lock(mutex_);
  stats_.held -= batch.size();
  if (fate == Fate::kWritten) {
    stats_.written += batch.size();
  } else {
    drop(batch.size());
  }
}

bool CloudLog::pause(std::chrono::milliseconds time) {
  const auto end = Clock::now() + time;
  const MutexLock lock(mutex_);
  while (!given_up_ && changed_.wait_until(mutex_, end) != std::cv_status::timeout) {
  }
  return !given_up_;
}

CloudLog::Fate CloudLog::try_once(const std::vector<KeptRecord>& batch, std::uint64_t number) {
  v2::WriteLogEntriesRequest request;
  request.set_log_name(fmt::format("projects/{}/logs/{}", settings_.project, settings_.log_id));
  request.mutable_resource()->set_type("global");
  (*request.mutable_resource()->mutable_labels())["project_id"] = settings_.project;
  request.mutable_labels()->insert(settings_.labels.begin(), settings_.labels.end());
  request.set_partial_success(true);
  for (const auto& record : batch) {
    fill_entry(record, fmt::format("{}{:012}", id_prefix_, number++), settings_.project,
               *request.add_entries());
  }

  Call call;
  call.context.set_deadline(std::chrono::system_clock::now() + settings_.answer_timeout);
  {
    const MutexLock lock(mutex_);
    if (given_up_) return Fate::kAgain;
    call_ = &call;
  }
  v2::WriteLogEntriesResponse response;
  const auto stub = v2::LoggingServiceV2::NewStub(channel_);
  const grpc::Status status = stub->WriteLogEntries(&call.context, request, &response);
  const MutexLock lock(mutex_);
  call_ = nullptr;
  if (status.ok()) return Fate::kWritten;
  ++stats_.failures;
  const bool is_the_batch = status.error_code() == StatusCode::INVALID_ARGUMENT ||
                            status.error_code() == StatusCode::OUT_OF_RANGE;
  return is_the_batch ? Fate::kNever : Fate::kAgain;
}

}  // namespace rs::logging
