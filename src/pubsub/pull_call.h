#pragma once
// One StreamingPull call: messages in, until either side ends it.
//   open --> on_messages, read_on, on_messages, read_on, ... --> on_broken --> on_end
// The service sends no more than the settings allow to be held, and beyond that it is not read from
// until read_on(). Google ends each call after about half an hour; that is no failure.
// The Owner is called on gRPC's threads. It calls the call with a lock of its own held that
// on_broken() takes too: after on_broken() nothing may be called. On on_end() the object is gone.

#include <memory>
#include <string>
#include <vector>

#include "pubsub/message.h"
#include "pubsub/subscription_settings.h"

namespace grpc {  // NOLINT(readability-identifier-naming): the library's.
class Channel;
class Status;
}  // namespace grpc

namespace rs::pubsub {

class PullCall {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void on_messages(PullCall& call, std::vector<Message> messages) = 0;
    virtual void on_broken() = 0;  // No further message will come.
    virtual void on_end(const grpc::Status& status) = 0;
  };

  // `client` names this process among the readers. `owner` outlives the call.
  [[nodiscard]] static PullCall& open(const std::shared_ptr<grpc::Channel>& channel,
                                      const SubscriptionSettings& settings,
                                      const std::string& client, Owner& owner);

  // Once after each on_messages(), also from there: the next ones may come, or the end.
  virtual void read_on() = 0;
  // Says that this reader is there: a call that is silent for long is ended by the service.
  virtual void ping() = 0;
  // Ends the call; read_on() is due all the same.
  virtual void cancel() = 0;

 protected:
  virtual ~PullCall() = default;
};

}  // namespace rs::pubsub
