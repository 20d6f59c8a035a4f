#pragma once
// A subscription, read for as long as it is wanted: messages out, fates in.
//
//   service --StreamingPull--> [ received ] --take--> the reader ... settle --+--> Acknowledge
//      ^                                                                      +--> back to the
//      service
//      +--- ModifyAckDeadline, for all that is held, at half of its lease ----+
//
// What is held is bounded in number and bytes; beyond, nothing more is read. A message is
// acknowledged only once it was settled as stored. The service may deliver any message again, at
// any time: one that is held already is not given out twice.
// A call that ends is opened again, after pauses that grow with failures; only an error at the very
// start that a person has to mend is final (error()). Thread-safe; take() is for one thread.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "pubsub/leases.h"
#include "pubsub/message.h"
#include "pubsub/pull_call.h"
#include "pubsub/subscription_settings.h"

namespace rs::google {
class TokenSource;
}

namespace rs::pubsub {

class LeaseCalls;

struct SubscriberStats {
  std::uint64_t received = 0;      // Messages that came,
  std::uint64_t held_already = 0;  // and of these, ones that were held.
  std::uint64_t acknowledged = 0;  // The service knows.
  std::uint64_t returned = 0;      // Given back, and the service knows.
  std::uint64_t unsettled = 0;     // Settled, but the service could not be told: they come again.
  std::uint64_t calls = 0;         // StreamingPull calls begun.
  std::uint64_t failures = 0;      // Of these and all other calls, ended by an error.
  std::size_t held = 0, held_bytes = 0;
  std::string trouble;  // Why the last call ended, while no other has been successful since.
};

class Subscriber final : private PullCall::Owner {
 public:
  // Finds the credentials; not called for a test server without TLS.
  using Tokens =
      std::function<Result<std::shared_ptr<google::TokenSource>>(const std::stop_token& stop)>;

  // Reads nothing yet. Waits for a token, until `stop` at most.
  [[nodiscard]] static Result<std::unique_ptr<Subscriber>> open(SubscriptionSettings settings,
                                                                const Tokens& find_tokens,
                                                                const std::stop_token& stop = {});
  ~Subscriber() override;  // Closes at once.

  void start();

  // The next messages, in the order of their coming; waits for them. Empty: stop() was called, or
  // there is an error().
  [[nodiscard]] std::vector<Message> take();

  // What became of messages that take() gave out: of each once.
  void settle(const std::vector<std::uint64_t>& tickets, Fate fate);

  // Nothing more is pulled. What take() has not given out goes back to the service.
  void stop();
  [[nodiscard]] bool stopping() const;

  // Waits until the service knows of everything that was settled, or until `limit`; then ends all
  // calls. What is held by then is delivered again when its lease ends. After stop().
  void close(Clock::time_point limit);

  // Why there is nothing to be read, with what a person has to do.
  [[nodiscard]] std::optional<Error> error() const;
  [[nodiscard]] SubscriberStats stats() const;

 private:
  Subscriber(SubscriptionSettings settings, std::shared_ptr<google::TokenSource> tokens,
             std::shared_ptr<grpc::Channel> channel);

  void on_messages(PullCall& call, std::vector<Message> messages) override;
  void on_broken() override;
  void on_end(const grpc::Status& status) override;

  void run();
  void tell(Fate fate, Clock::time_point now) REQUIRES(mutex_);
  void extend(Clock::time_point now) REQUIRES(mutex_);
  void tend_call(Clock::time_point now) REQUIRES(mutex_);
  void on_told(const LeaseBatch& batch, Fate fate, const grpc::Status& status);
  void on_extended(const LeaseBatch& batch, const grpc::Status& status);
  void note_failure(const grpc::Status& status) REQUIRES(mutex_);
  void note_success() REQUIRES(mutex_);
  void receive(Message message, Clock::time_point now) REQUIRES(mutex_);
  [[nodiscard]] bool has_room() const REQUIRES(mutex_);
  [[nodiscard]] bool is_due(Fate fate, Clock::time_point now) const REQUIRES(mutex_);
  [[nodiscard]] Clock::time_point wake_at() const REQUIRES(mutex_);
  // Whether it is not known yet that this call is a good one.
  [[nodiscard]] bool is_in_doubt() const REQUIRES(mutex_) {
    return !established_ || pull_failures_ > 0;
  }
  [[nodiscard]] Clock::time_point after_pause(unsigned failures) REQUIRES(mutex_);

  const SubscriptionSettings settings_;
  const std::string client_;  // Names this process among the readers.
  const std::shared_ptr<google::TokenSource> tokens_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<LeaseCalls> calls_;

  mutable Mutex mutex_;
  CondVar changed_;
  Leases leases_ GUARDED_BY(mutex_);
  std::deque<Message> received_ GUARDED_BY(mutex_);  // Not given out.
  PullCall* call_ GUARDED_BY(mutex_) = nullptr;      // Null once it is broken.
  bool call_ended_ GUARDED_BY(mutex_) = true;
  bool paused_ GUARDED_BY(mutex_) = false;  // The call waits for read_on().
  bool established_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false, closing_ GUARDED_BY(mutex_) = false;
  bool token_refused_ GUARDED_BY(mutex_) = false;
  std::optional<Error> error_ GUARDED_BY(mutex_);
  unsigned pull_failures_ GUARDED_BY(mutex_) = 0, tell_failures_ GUARDED_BY(mutex_) = 0;
  std::size_t telling_ GUARDED_BY(mutex_) = 0;  // Requests of LeaseCalls on the way.
  Clock::time_point pull_at_ GUARDED_BY(mutex_){}, tell_at_ GUARDED_BY(mutex_){};
  Clock::time_point extend_at_ GUARDED_BY(mutex_){}, ping_at_ GUARDED_BY(mutex_){};
  Clock::time_point opened_at_ GUARDED_BY(mutex_){};   // The call.
  Clock::time_point settled_at_ GUARDED_BY(mutex_){};  // The oldest that the service is not told.
  std::minstd_rand random_ GUARDED_BY(mutex_){std::random_device{}()};
  SubscriberStats stats_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace rs::pubsub
