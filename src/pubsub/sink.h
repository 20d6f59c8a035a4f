#pragma once
// Rows to a topic of Google Cloud Pub/Sub: WRITERS__STRATEGY=pubsub.
//   open: credentials, topic, perhaps the table; write: Publish over gRPC (pubsub_publisher.h)
// Nothing of gRPC is touched before open(). open(), write() and close() are for one thread.

#include <functional>
#include <memory>
#include <stop_token>

#include "base/mutex.h"
#include "pubsub/settings.h"
#include "sink/sink.h"

namespace rs::google {
class TokenSource;
}

namespace rs::pubsub {

class PubSubPublisher;

class PubSubSink final : public sink::Sink {
 public:
  // Finds the credentials; not called when there are only plaintext test servers.
  using Tokens =
      std::function<Result<std::shared_ptr<google::TokenSource>>(const std::stop_token& stop)>;

  PubSubSink(PubSubSettings settings, Tokens find_tokens);
  ~PubSubSink() override;

  [[nodiscard]] std::string_view name() const override { return "pubsub"; }
  // With an order to keep, one: a batch that has failed goes before all that came after it.
  [[nodiscard]] std::size_t window() const override;
  Result<void> open() override;
  void write(const row::Batch& batch, sink::WriteDone done) override;
  void interrupt() override;
  void close() override;
  [[nodiscard]] sink::SinkStats stats() const override;

 private:
  const PubSubSettings settings_;
  const Tokens find_tokens_;
  std::stop_source interrupted_;
  // Over the making and the end of these two, for stats() and interrupt().
  mutable Mutex mutex_;
  std::shared_ptr<google::TokenSource> tokens_ GUARDED_BY(mutex_);  // Null with test servers.
  std::unique_ptr<PubSubPublisher> publisher_ GUARDED_BY(mutex_);
};

}  // namespace rs::pubsub
