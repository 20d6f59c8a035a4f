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
  std::shared_ptr<google::TokenSource> tokens;
  if (!is_test_server || table_needs_tokens) {
    RS_TRY(tokens, find_tokens_(interrupted_.get_token()));
    {
      MutexLock lock(mutex_);
      tokens_ = tokens;
    }
    // Here it is known whether the credentials will never do; a call would say "unavailable".
    const auto token = tokens->token(interrupted_.get_token());
    if (!token) return tl::unexpected(token.error());
  }
  auto channel =
      google::make_channel({.endpoint = is_test_server ? settings_.emulator : kPubSubEndpoint,
                            .plaintext = is_test_server},
                           tokens);
  const auto stop = interrupted_.get_token();
  if (auto found = ensure_topic(settings_, channel, stop); !found) return found;
  if (settings_.table) {
    auto ensured = settings_.table->ensure(table_needs_tokens ? tokens : nullptr, stop);
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
  std::shared_ptr<google::TokenSource> tokens;
  {
    MutexLock lock(mutex_);
    publisher = publisher_.get();
    tokens = tokens_;
  }
  if (publisher == nullptr) {
    return done(fail(ErrorCode::kUnavailable, "the Pub/Sub sink is not open"));
  }
  if (tokens && publisher->take_token_refused()) {
    if (const auto old = tokens->token(interrupted_.get_token())) tokens->refused(*old);
  }
  publisher->write(batch, std::move(done));
}

void PubSubSink::interrupt() {
  interrupted_.request_stop();
  MutexLock lock(mutex_);
  if (tokens_) tokens_->stop();
}

void PubSubSink::close() {
  std::unique_ptr<PubSubPublisher> publisher;
  {
    MutexLock lock(mutex_);
    // Calls that wait for a token end too; a new opening finds new ones.
    if (tokens_) tokens_->stop();
    tokens_ = nullptr;
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
