#pragma once
// A Pub/Sub subscription of our own, for tests: StreamingPull, Acknowledge and ModifyAckDeadline
// over gRPC on a loopback port, with the service's rules (at least once; a lease for each delivery;
// no more at a reader than it asked for) and with faults on command.
//
//   auto fake = FakeSubscription::start("projects/p/subscriptions/s");
//   fake->publish(R"({"event_name":"a"})", {{"event_id", "e"}});
//   ... the reader under test, with the emulator fake->address() ...
//   EXPECT_TRUE(fake->wait_until_acknowledged(1, 10s));
//
// Thread-safe. Everything is in memory. No gRPC and no protobuf in this header.

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace rs::fakes {

struct SubscribedMessage {
  std::string id, data;
  std::map<std::string, std::string> attributes;
  std::string ordering_key;
  std::size_t deliveries = 0;  // So far.
  bool is_acknowledged = false;
};

struct SubscriptionSeen {
  std::size_t pulls = 0;    // StreamingPull calls,
  std::size_t readers = 0;  // and of these, open now.
  std::size_t acknowledge_calls = 0, extend_calls = 0;
  std::size_t extended = 0, returned = 0;  // Messages, by ModifyAckDeadline; 0 seconds returns.
  std::size_t outstanding_most = 0;        // Ever, at all readers together.
  std::string client, routing;             // Of the last pull.
};

class FakeSubscription {
 public:
  // Null when it cannot listen.
  [[nodiscard]] static std::unique_ptr<FakeSubscription> start(const std::string& path);
  ~FakeSubscription();
  FakeSubscription(const FakeSubscription&) = delete;
  FakeSubscription& operator=(const FakeSubscription&) = delete;

  [[nodiscard]] std::string address() const;  // host:port.
  // Away and back on the same port; messages stay.
  void stop_listening();
  void listen_again();

  // Returns the id of the message.
  std::string publish(const std::string& data, std::map<std::string, std::string> attributes = {},
                      const std::string& ordering_key = {});

  // What readers have and did not acknowledge is delivered again, as when all leases end.
  void expire_leases();
  // Open StreamingPull calls end with this gRPC status.
  void end_pulls(int code);
  // From now on these calls end with this gRPC status; 0 for none.
  void fail_pulls(int code, const std::string& text = "told to fail");
  void fail_acknowledgements(int code);

  [[nodiscard]] std::vector<SubscribedMessage> messages() const;  // In the order of publishing.
  [[nodiscard]] SubscriptionSeen seen() const;
  [[nodiscard]] std::size_t acknowledged() const;
  // Until there is no reader, as after its end; false after `limit`.
  [[nodiscard]] bool wait_until_unread(std::chrono::milliseconds limit);
  // Until so many messages are acknowledged; false after `limit`.
  [[nodiscard]] bool wait_until_acknowledged(std::size_t count, std::chrono::milliseconds limit);

 private:
  struct Parts;
  explicit FakeSubscription(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace rs::fakes
