#pragma once
// For tests of the Pub/Sub sink: a topic of our own, and writes that wait for their outcome.

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "fakes/pubsub/fake_pubsub.h"
#include "pubsub/sink.h"
#include "row/encode.h"
#include "sink/sink_fixture.h"

namespace rs::pubsub {

using sink::batch_of, sink::encoded, sink::write_rows;

inline constexpr const char* kTopic = "projects/p/topics/t";

class PubSub : public testing::Test {
 protected:
  PubSub() {
    settings_.project = "p", settings_.topic = "t", settings_.emulator = fake_->address();
  }

  PubSubSink& sink() {
    if (!sink_) {
      sink_ = std::make_unique<PubSubSink>(
          settings_, [](const std::stop_token&) -> Result<std::shared_ptr<google::TokenSource>> {
            return fail(ErrorCode::kRefused, "no credentials are looked for in this test");
          });
    }
    return *sink_;
  }
  // With the topic there and the sink open.
  void start() {
    fake_->create_topic(kTopic);
    const auto opened = sink().open();
    ASSERT_TRUE(opened) << opened.error().message;
  }

  std::future<sink::WriteResult> begin(const row::Batch& batch) {
    auto promise = std::make_shared<std::promise<sink::WriteResult>>();
    sink().write(batch,
                 [promise](sink::WriteResult result) { promise->set_value(std::move(result)); });
    return promise->get_future();
  }
  sink::WriteResult write(const row::Batch& batch) {
    auto outcome = begin(batch);
    if (outcome.wait_for(std::chrono::seconds(60)) != std::future_status::ready) {
      return fail(ErrorCode::kInternal, "done() was not called");
    }
    return outcome.get();
  }

  // Rows "0", "1", ... by event_id, of these users in turn.
  static row::Batch rows(std::size_t count, std::size_t first = 0,
                         const std::vector<std::string>& users = {"u"}) {
    row::Batch batch;
    row::Encoder encoder;
    for (std::size_t i = first; i < first + count; ++i) {
      const auto id = std::to_string(i);
      batch.append(encoder.encode({.event_name = "view",
                                   .user_pseudo_id = users[i % users.size()],
                                   .stream_id = "7",
                                   .event_id = id}));
    }
    return batch;
  }
  // The event_id of each message, in order; of one user only when `user` is given.
  [[nodiscard]] std::vector<std::string> ids(const std::string& user = {}) const {
    std::vector<std::string> out;
    for (const auto& message : fake_->messages()) {
      if (user.empty() || message.ordering_key == user) {
        out.push_back(message.attributes.at("event_id"));
      }
    }
    return out;
  }
  static std::vector<std::string> numbers(std::size_t first, std::size_t end,
                                          std::size_t step = 1) {
    std::vector<std::string> out;
    for (; first < end; first += step) out.push_back(std::to_string(first));
    return out;
  }

  std::unique_ptr<fakes::FakePubSub> fake_ = fakes::FakePubSub::start();
  PubSubSettings settings_;
  std::unique_ptr<PubSubSink> sink_;
};

}  // namespace rs::pubsub
