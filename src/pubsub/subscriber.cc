#include "pubsub/subscriber.h"

#include <algorithm>
#include <utility>

#include <grpcpp/grpcpp.h>

#include "base/uuid.h"
#include "base/world.h"
#include "google/channel.h"
#include "google/grpc_status.h"
#include "obs/log.h"
#include "pubsub/lease_calls.h"
#include "pubsub/settings.h"
#include "pubsub/subscription_error.h"

namespace rs::pubsub {
namespace {

using namespace std::chrono_literals;

// Of one request: it may have 512 KiB (cloud.google.com/pubsub/quotas), an ack id about 200 bytes.
constexpr std::size_t kIdsMax = 1'000;
constexpr std::size_t kTellingMax = 8;  // Requests on the way.
constexpr auto kPing = 30s;             // As Google's own clients do.
// A call that has lived this long is a good one, though there may have been no message.
constexpr auto kGood = 5s;
constexpr auto kExtendAgain = 1s;  // After a failure.

std::string new_client() {
  RealWorld world;
  const auto random = world.random16();
  return std::string(uuid_v4(random).view());
}

}  // namespace

Result<std::unique_ptr<Subscriber>> Subscriber::open(SubscriptionSettings settings,
                                                     const Tokens& find_tokens,
                                                     const std::stop_token& stop) {
  const bool is_test_server = !settings.emulator.empty();
  std::shared_ptr<google::TokenSource> tokens;
  if (!is_test_server) {
    RS_TRY(tokens, find_tokens(stop));
    // Here it is known whether the credentials will never do; a call would say "unavailable".
    if (const auto token = tokens->token(stop); !token) return tl::unexpected(token.error());
  }
  auto channel =
      google::make_channel({.endpoint = is_test_server ? settings.emulator : kPubSubEndpoint,
                            .plaintext = is_test_server},
                           tokens);
  return std::unique_ptr<Subscriber>(
      new Subscriber(std::move(settings), std::move(tokens), std::move(channel)));
}

Subscriber::Subscriber(SubscriptionSettings settings, std::shared_ptr<google::TokenSource> tokens,
                       std::shared_ptr<grpc::Channel> channel)
    : settings_(std::move(settings)),
      client_(new_client()),
      tokens_(std::move(tokens)),
      channel_(std::move(channel)),
      calls_(std::make_unique<LeaseCalls>(settings_, channel_)),
      leases_(settings_.ack_deadline) {}

Subscriber::~Subscriber() {
  stop();
  close(Clock::now());
}

void Subscriber::start() {
  thread_ = std::thread([this] { run(); });
}

std::vector<Message> Subscriber::take() {
  MutexLock lock(mutex_);
  while (received_.empty() && !stopping_ && !error_) changed_.wait(mutex_);
  std::vector<Message> messages(std::make_move_iterator(received_.begin()),
                                std::make_move_iterator(received_.end()));
  received_.clear();
  return messages;
}

void Subscriber::settle(const std::vector<std::uint64_t>& tickets, Fate fate) {
  if (tickets.empty()) return;
  MutexLock lock(mutex_);
  if (leases_.settled(Fate::kStored) + leases_.settled(Fate::kReturned) == 0) {
    settled_at_ = Clock::now();
  }
  for (const auto ticket : tickets) leases_.settle(ticket, fate);
  changed_.notify_all();
}

void Subscriber::stop() {
  MutexLock lock(mutex_);
  if (std::exchange(stopping_, true)) return;
  for (const auto& message : received_) leases_.settle(message.ticket, Fate::kReturned);
  received_.clear();
  if (call_ != nullptr) {
    call_->cancel();
    if (std::exchange(paused_, false)) call_->read_on();
  }
  changed_.notify_all();
}

bool Subscriber::stopping() const {
  MutexLock lock(mutex_);
  return stopping_;
}

void Subscriber::close(Clock::time_point limit) {
  {
    MutexLock lock(mutex_);
    if (thread_.joinable()) {
      while (leases_.settled(Fate::kStored) + leases_.settled(Fate::kReturned) + telling_ > 0) {
        if (changed_.wait_until(mutex_, limit) == std::cv_status::timeout) break;
      }
    }
    closing_ = true;
    changed_.notify_all();
  }
  // Calls, and the thread, may wait for a token.
  if (tokens_) tokens_->stop();
  if (thread_.joinable()) thread_.join();
  calls_->close();
  MutexLock lock(mutex_);
  while (!call_ended_) changed_.wait(mutex_);
}

std::optional<Error> Subscriber::error() const {
  MutexLock lock(mutex_);
  return error_;
}

SubscriberStats Subscriber::stats() const {
  MutexLock lock(mutex_);
  auto stats = stats_;
  stats.held = leases_.size();
  stats.held_bytes = leases_.bytes();
  return stats;
}

bool Subscriber::has_room() const {
  return leases_.size() < settings_.held_messages_max && leases_.bytes() < settings_.held_bytes_max;
}

void Subscriber::receive(Message message, Clock::time_point now) {
  ++stats_.received;
  std::size_t bytes = message.data.size();
  for (const auto& [name, value] : message.attributes) bytes += name.size() + value.size();
  const auto ticket = leases_.add(message.message_id, std::move(message.ack_id), bytes, now);
  if (!ticket) {
    ++stats_.held_already;
  } else if (stopping_) {
    leases_.settle(*ticket, Fate::kReturned);
  } else {
    message.ticket = *ticket;
    received_.push_back(std::move(message));
  }
}

void Subscriber::on_messages(PullCall& call, std::vector<Message> messages) {
  const auto now = Clock::now();
  MutexLock lock(mutex_);
  note_success();
  for (auto& message : messages) receive(std::move(message), now);
  paused_ = !stopping_ && !has_room();
  if (!paused_) call.read_on();
  changed_.notify_all();
}

void Subscriber::on_broken() {
  MutexLock lock(mutex_);
  call_ = nullptr;
}

void Subscriber::on_end(const grpc::Status& status) {
  MutexLock lock(mutex_);
  call_ended_ = true;
  changed_.notify_all();
  if (stopping_) return;
  if (!status.ok()) note_failure(status);
  ++pull_failures_;
  pull_at_ = after_pause(pull_failures_);
  if (status.ok() || established_ || google::passes(status)) return;
  // A token may have been taken back; the next one is final.
  if (status.error_code() == grpc::StatusCode::UNAUTHENTICATED && pull_failures_ == 1) return;
  error_ = error_of(status, settings_);
}

void Subscriber::note_success() {
  established_ = true;
  pull_failures_ = 0;
  stats_.trouble.clear();
}

void Subscriber::note_failure(const grpc::Status& status) {
  ++stats_.failures;
  if (status.error_code() == grpc::StatusCode::UNAUTHENTICATED) token_refused_ = true;
  auto error = error_of(status, settings_);
  // The service ends calls now and then: that is news only when the next one fails too.
  if (pull_failures_ == 1 && stats_.trouble != error.message) {
    RS_LOG(kWarning, "It is tried again: {}", error.message);
  }
  stats_.trouble = std::move(error.message);
}

Clock::time_point Subscriber::after_pause(unsigned failures) {
  // Full jitter: many readers that lost the service must not come back together.
  const unsigned doublings = std::min(failures == 0 ? 0U : failures - 1, 20U);
  const auto ceiling =
      std::min(settings_.pause_longest, settings_.pause_first * (std::int64_t{1} << doublings));
  std::uniform_int_distribution<std::int64_t> pause(0, ceiling.count());
  return Clock::now() + std::chrono::milliseconds(pause(random_));
}

void Subscriber::tend_call(Clock::time_point now) {
  if (stopping_ || error_) return;
  if (call_ended_ && now >= pull_at_) {
    call_ended_ = paused_ = false;
    opened_at_ = now;
    ping_at_ = now + kPing;
    ++stats_.calls;
    call_ = &PullCall::open(channel_, settings_, client_, *this);
    return;
  }
  if (call_ == nullptr) return;
  if (is_in_doubt() && now - opened_at_ >= kGood) note_success();
  if (paused_ && has_room()) {
    paused_ = false;
    call_->read_on();
  }
  if (now >= ping_at_) {
    ping_at_ = now + kPing;
    call_->ping();
  }
}

bool Subscriber::is_due(Fate fate, Clock::time_point now) const {
  const auto count = leases_.settled(fate);
  if (count == 0 || telling_ >= kTellingMax || now < tell_at_) return false;
  return stopping_ || count >= kIdsMax || now >= settled_at_ + settings_.acknowledge_linger;
}

void Subscriber::tell(Fate fate, Clock::time_point now) {
  while (is_due(fate, now)) {
    const auto batch = leases_.take_settled(fate, kIdsMax, now);
    ++telling_;
    const auto done = [this, batch, fate](const grpc::Status& status) {
      on_told(batch, fate, status);
    };
    if (fate == Fate::kStored) {
      calls_->acknowledge(batch, done);
    } else {
      calls_->give_back(batch, done);
    }
  }
}

void Subscriber::on_told(const LeaseBatch& batch, Fate fate, const grpc::Status& status) {
  MutexLock lock(mutex_);
  --telling_;
  const auto before = leases_.size();
  // Anything but a bad request may pass, until the lease ends.
  const bool again = !status.ok() && status.error_code() != grpc::StatusCode::INVALID_ARGUMENT;
  leases_.told(batch, fate, again, Clock::now());
  const auto gone = before - leases_.size();
  if (status.ok()) {
    (fate == Fate::kStored ? stats_.acknowledged : stats_.returned) += gone;
    tell_failures_ = 0;
  } else {
    note_failure(status);
    stats_.unsettled += gone;
    tell_at_ = after_pause(++tell_failures_);
  }
  changed_.notify_all();
}

void Subscriber::extend(Clock::time_point now) {
  if (now < extend_at_) return;
  for (;;) {
    const auto batch = leases_.take_due(kIdsMax, now);
    if (batch.tickets.empty()) return;
    calls_->extend(batch,
                   [this, batch](const grpc::Status& status) { on_extended(batch, status); });
  }
}

void Subscriber::on_extended(const LeaseBatch& batch, const grpc::Status& status) {
  MutexLock lock(mutex_);
  leases_.extended(batch, status.ok());
  if (!status.ok()) {
    note_failure(status);
    extend_at_ = Clock::now() + kExtendAgain;
  }
  changed_.notify_all();
}

Clock::time_point Subscriber::wake_at() const {
  auto at = std::max(leases_.due_at(), extend_at_);
  if (telling_ < kTellingMax &&
      leases_.settled(Fate::kStored) + leases_.settled(Fate::kReturned) > 0) {
    at = std::min(at, std::max(tell_at_, settled_at_ + settings_.acknowledge_linger));
  }
  if (stopping_ || error_) return at;
  if (call_ended_) return std::min(at, pull_at_);
  at = std::min(at, ping_at_);
  return is_in_doubt() ? std::min(at, opened_at_ + kGood) : at;
}

void Subscriber::run() {
  for (;;) {
    bool is_token_refused = false;
    {
      MutexLock lock(mutex_);
      for (;;) {
        if (closing_) return;
        is_token_refused = std::exchange(token_refused_, false);
        if (is_token_refused) break;
        const auto now = Clock::now();
        tend_call(now);
        tell(Fate::kStored, now);
        tell(Fate::kReturned, now);
        extend(now);
        const auto at = wake_at();
        if (at == Clock::time_point::max()) {
          changed_.wait(mutex_);
        } else {
          changed_.wait_until(mutex_, at);
        }
      }
    }
    if (!tokens_) continue;
    if (const auto old = tokens_->token()) tokens_->refused(*old);
  }
}

}  // namespace rs::pubsub
