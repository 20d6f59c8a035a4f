#pragma once
// Rows of batches to Publish requests, and answers to outcomes.
//   write --> chains --fill--> [ requests on the way ] --answer--> settled | the next of the chain
// A request that is refused as invalid is sent again in ever smaller parts until the rows to blame
// stand alone: these are rejected, all others published. Any other failure leaves the batch to
// Delivery, which pauses and writes it again; what of it was published is not sent again.
// write() and close() are for one thread; answers come on gRPC's.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "obs/counter.h"
#include "pubsub/publish_buffers.h"
#include "pubsub/publishing.h"
#include "pubsub/settings.h"
#include "sink/sink.h"

namespace grpc {  // NOLINT(readability-identifier-naming): the library's.
class Channel;
class Status;
}  // namespace grpc

namespace rs::pubsub {

class PubSubPublisher {
 public:
  PubSubPublisher(const PubSubSettings& settings, std::shared_ptr<grpc::Channel> channel);
  ~PubSubPublisher();

  void write(const row::Batch& batch, sink::WriteDone done);

  // Whether a request was refused for its token since this was last asked.
  [[nodiscard]] bool take_token_refused();

  // Cancels what is on its way, and calls its done. No write() follows.
  void close();

  [[nodiscard]] sink::SinkStats stats() const;

 private:
  struct Call;
  struct Stub;

  [[nodiscard]] PublishingPtr begin(const row::Batch& batch, sink::WriteDone done) REQUIRES(mutex_);
  void send(Chain chain);
  void fill(Call& call, Chain& chain);
  void start(std::unique_ptr<Call> call);
  void on_answer(Call* answered, const grpc::Status& status);
  [[nodiscard]] bool judge(Call& call, const grpc::Status& status) REQUIRES(mutex_);
  void reject(Publishing& publishing, std::uint32_t row, std::string reason) REQUIRES(mutex_);
  void end_chain(const PublishingPtr& publishing);

  const PubSubSettings settings_;
  const std::string topic_, routing_;  // As in the request, and as in its header.
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Stub> stub_;
  const std::shared_ptr<PublishBuffers> buffers_;

  mutable Mutex mutex_;
  CondVar changed_;
  std::vector<Call*> calls_ GUARDED_BY(mutex_);             // On the way.
  std::vector<PublishingPtr> returned_ GUARDED_BY(mutex_);  // Failed, to be written again.
  unsigned running_ GUARDED_BY(mutex_) = 0;                 // Answers being seen to.
  bool closing_ GUARDED_BY(mutex_) = false;
  bool token_refused_ GUARDED_BY(mutex_) = false;
  sink::SinkStats stats_ GUARDED_BY(mutex_);
  obs::Histogram round_trip_ GUARDED_BY(mutex_);
};

}  // namespace rs::pubsub
