// `real-streaming load` is killed again and again while messages flow through it into BigQuery:
// every message's row is stored, and a row is stored more often only when its message was delivered
// as often. REAL_STREAMING_LOAD_MESSAGES and REAL_STREAMING_LOAD_KILLS make it long:
//   REAL_STREAMING_LOAD_MESSAGES=100000 REAL_STREAMING_LOAD_KILLS=10 process_test

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "fakes/bigquery/fake_bigquery.h"
#include "fakes/pubsub/fake_subscription.h"
#include "process/program.h"
#include "row/decode.h"
#include "row/encode.h"

namespace rs::process {
namespace {

using namespace std::chrono_literals;

std::size_t number_of(const char* name, std::size_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

fakes::FakeBigQueryOptions only_ids() {
  fakes::FakeBigQueryOptions options;
  options.keep = fakes::KeptRows::kIds;
  return options;
}

std::string json_of(const std::string& event_id) {
  row::Encoder encoder;
  std::string json;
  EXPECT_TRUE(row::append_json(json,
                               encoder.encode({.event_date = "20260115",
                                               .event_name = "page_view",
                                               .user_pseudo_id = "u",
                                               .date = 20'468,
                                               .event_id = event_id}),
                               row::JsonForm::kSubscription));
  return json;
}

class LoadKill : public testing::Test {
 protected:
  LoadKill() { bigquery_->create_dataset("p-test", "d"); }

  // So many more, each with an event_id of its own.
  void publish(std::size_t count) {
    for (; count > 0; --count) {
      const auto id = std::to_string(published_++);
      subscription_->publish(json_of(id), {{"event_id", id}});
    }
  }

  // How often each row was stored.
  [[nodiscard]] std::map<std::string, std::size_t> stored() const {
    std::map<std::string, std::size_t> out;
    for (const auto& id : bigquery_->ids(table_)) ++out[id];
    return out;
  }

  const fakes::TableName table_{"p-test", "d", "events"};
  std::unique_ptr<fakes::FakeBigQuery> bigquery_ = *fakes::FakeBigQuery::start(only_ids());
  std::unique_ptr<fakes::FakeSubscription> subscription_ =
      fakes::FakeSubscription::start("projects/p-test/subscriptions/events-load");
  Program load_{"load",
                {"BIGQUERY_EMULATOR_HOST=" + bigquery_->rest_address(),
                 "BIGQUERY_STORAGE_EMULATOR_HOST=" + bigquery_->grpc_address(),
                 "PUBSUB_EMULATOR_HOST=" + subscription_->address(), "WRITERS__STRATEGY=direct",
                 "WRITERS__PROJECT_ID=p-test", "WRITERS__BQ__DATASET_ID=d",
                 "WRITERS__BQ__TABLE_ID=events", "WRITERS__PUBSUB__SUBSCRIPTION_ID=events-load",
                 "WRITERS__PUBSUB__MAX_HELD_MESSAGES=2000", "ENVIRONMENT=test"}};
  std::size_t published_ = 0;
};

TEST_F(LoadKill, EveryMessageIsStoredAndStoredAgainOnlyWhenItWasDeliveredAgain) {
  const auto messages = number_of("REAL_STREAMING_LOAD_MESSAGES", 6'000);
  const auto kills = number_of("REAL_STREAMING_LOAD_KILLS", 3);
  const auto start = std::chrono::steady_clock::now();
  load_.start();
  for (std::size_t killed = 0; killed <= kills; ++killed) {
    publish(messages * (killed + 1) / (kills + 1) - published_);
    if (killed == kills) break;
    // Somewhere in the middle of this piece, with messages on their way.
    const auto enough = messages * (2 * killed + 1) / (2 * (kills + 1));
    ASSERT_TRUE(subscription_->wait_until_acknowledged(enough, 60s)) << load_.output();
    load_.kill();
    ASSERT_TRUE(subscription_->wait_until_unread(20s));
    load_.start();
    subscription_->expire_leases();
  }
  EXPECT_TRUE(subscription_->wait_until_acknowledged(messages, 120s)) << load_.output();
  EXPECT_EQ(load_.finish(), 0) << load_.output();

  const auto copies = stored();
  std::size_t missing = 0, unexplained = 0, doubled = 0, redelivered = 0;
  for (const auto& message : subscription_->messages()) {
    const auto found = copies.find(message.attributes.at("event_id"));
    const std::size_t count = found == copies.end() ? 0 : found->second;
    if (count == 0) ++missing;
    if (count > message.deliveries) ++unexplained;
    if (count > 1) ++doubled;
    if (message.deliveries > 1) ++redelivered;
  }
  EXPECT_EQ(missing, 0U);
  EXPECT_EQ(unexplained, 0U);
  EXPECT_EQ(copies.size(), messages);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("%zu messages, %zu kills, %.1f s: %zu delivered again, %zu rows stored twice\n",
              messages, kills, took.count(), redelivered, doubled);
}

}  // namespace
}  // namespace rs::process
