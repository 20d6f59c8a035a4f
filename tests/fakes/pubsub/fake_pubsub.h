#pragma once
// A Pub/Sub of our own, for tests: topics and Publish over gRPC on a loopback port, with the
// service's limits (cloud.google.com/pubsub/quotas) and with faults on command.
//
//   auto fake = FakePubSub::start();
//   fake->create_topic("projects/p/topics/t");
//   fake->on_publish([](const PublishSeen& seen) -> PublishFault { ... });
//   ... the sink under test, with the emulator fake->address() ...
//   EXPECT_EQ(fake->messages().size(), 3);
//
// Thread-safe. Everything is in memory. No gRPC and no protobuf in this header.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace rs::fakes {

struct PublishedMessage {
  std::string data;
  std::map<std::string, std::string> attributes;
  std::string ordering_key;
};

// One request, as it came.
struct PublishSeen {
  std::size_t number;  // From 0 on.
  std::vector<PublishedMessage> messages;
  std::size_t bytes;
  std::string routing;  // Header x-goog-request-params.
};

// What to do about one request; as it stands here, nothing.
struct PublishFault {
  int code = 0;  // A gRPC status in place of an answer.
  std::string text = "told to fail";
  bool keeps_messages = false;  // All the same.
  std::size_t ids_missing = 0;  // From an answer that is good otherwise.
  bool is_silent = false;       // No answer before the caller gives up.
};

struct FakePubSubOptions {
  std::uint16_t port = 0;      // 0: the system chooses.
  bool keeps_messages = true;  // Else they are counted only.
};

class FakePubSub {
 public:
  // Null when it cannot listen.
  [[nodiscard]] static std::unique_ptr<FakePubSub> start(FakePubSubOptions options = {});
  ~FakePubSub();
  FakePubSub(const FakePubSub&) = delete;
  FakePubSub& operator=(const FakePubSub&) = delete;

  [[nodiscard]] std::string address() const;  // host:port.
  // Away and back on the same port; topics and messages stay.
  void stop_listening();
  void listen_again();

  void create_topic(const std::string& path);
  void delete_topic(const std::string& path);
  [[nodiscard]] bool has_topic(const std::string& path) const;
  // Calls about topics end with this gRPC status; 0 for none.
  void fail_topic_calls(int code, const std::string& text = "told to fail");

  // Asked about each request, on the thread that serves it, before anything is done about it.
  void on_publish(std::function<PublishFault(const PublishSeen&)> decide);
  // A message whose data contains this makes its request INVALID_ARGUMENT.
  void refuse_data_with(const std::string& marker);

  [[nodiscard]] std::vector<PublishedMessage> messages() const;  // In the order of their taking.
  [[nodiscard]] std::size_t messages_taken() const;
  [[nodiscard]] std::vector<PublishSeen> requests() const;

 private:
  struct Parts;
  explicit FakePubSub(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace rs::fakes
