#include "pubsub/sink.h"

#include <utility>

#include "google/channel.h"
#include "google/token_source.h"
#include "pubsub/publisher.h"
#include "pubsub/topic.h"

namespace rs::pubsub {
PubSubSink::PubSubSink(PubSubSettings settings, Tokens find_tokens)
    : settings_(std::move(settings)), find_tokens_(std::move(find_tokens)) {}

PubSubSink::~PubSubSink() {
  close();
}

std::size_t PubSubSink::window() const {
  return settings_.ordering == PubSubOrdering::kNone ? settings_.window : 1;
}

Result<void> PubSubSink::open() {
  {
    MutexLock lock(mutex_);
    if (publisher_) return {};
  }
  const bool is_test_server = !settings_.emulator.empty();
  const bool table_needs_tokens = settings_.table && settings_.table->needs_tokens;
  if (!is_test_server || table_needs_tokens) {
    RS_TRY(tokens_, find_tokens_());
    // Here it is known whether the credentials will never do; a call would say "unavailable".
    if (const auto token = tokens_->token(); !token) return tl::unexpected(token.error());
  }
  auto channel =
      google::make_channel({.endpoint = is_test_server ? settings_.emulator : kPubSubEndpoint,
                            .plaintext = is_test_server},
                           tokens_);
  if (auto found = ensure_topic(settings_, channel); !found) return found;
  if (settings_.table) {
    auto ensured = settings_.table->ensure(table_needs_tokens ? tokens_ : nullptr);
    if (!ensured) return ensured;
  }
  auto publisher = std::make_unique<PubSubPublisher>(settings_, std::move(channel));
  MutexLock lock(mutex_);
  publisher_ = std::move(publisher);
  return {};
}

void PubSubSink::write(const row::Batch& batch, sink::WriteDone done) {
  // It changes only on this thread, so it needs no lock here, and write() may call done().
  PubSubPublisher* publisher;
  {
    MutexLock lock(mutex_);
    publisher = publisher_.get();
  }
  if (publisher == nullptr) {
    return done(fail(ErrorCode::kUnavailable, "the Pub/Sub sink is not open"));
  }
  if (tokens_ && publisher->take_token_refused()) {
    if (const auto old = tokens_->token()) tokens_->refused(*old);
  }
  publisher->write(batch, std::move(done));
}

void PubSubSink::close() {
  std::unique_ptr<PubSubPublisher> publisher;
  {
    MutexLock lock(mutex_);
    publisher = std::move(publisher_);
  }
  if (publisher) publisher->close();
}

sink::SinkStats PubSubSink::stats() const {
  MutexLock lock(mutex_);
  if (publisher_) return publisher_->stats();
  sink::SinkStats stats;
  stats.remote = true;
  return stats;
}

}  // namespace rs::pubsub
