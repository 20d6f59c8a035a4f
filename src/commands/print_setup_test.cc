#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "commands/command_fixture.h"

namespace rs::commands {
namespace {

using ::testing::HasSubstr;

const std::vector<std::string> kTopic = {"WRITERS__STRATEGY=pubsub", "WRITERS__PROJECT_ID=demo-1",
                                         "WRITERS__PUBSUB__TOPIC_ID=events"};

std::vector<std::string> with_table(std::vector<std::string> more = {}) {
  auto out = kTopic;
  out.insert(out.end(), {"WRITERS__BQ__DATASET_ID=analytics", "WRITERS__BQ__TABLE_ID=rows"});
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

TEST(PrintSetup, NamesTopicAndRights) {
  const Outcome outcome = run_with(kTopic, {"print-setup", "pubsub"});
  EXPECT_EQ(outcome.code, kFine);
  EXPECT_THAT(outcome.out, HasSubstr("\ngcloud pubsub topics create events --project=demo-1\n"));
  EXPECT_THAT(outcome.out, HasSubstr("--role=roles/pubsub.publisher\n"));
}

TEST(PrintSetup, NamesTableAndSubscription) {
  const Outcome outcome = run_with(with_table(), {"print-setup", "pubsub"});
  EXPECT_EQ(outcome.code, kFine);
  EXPECT_THAT(outcome.out, HasSubstr("--clustering_fields=user_pseudo_id,event_name "
                                     "demo-1:analytics.rows\n"));
  EXPECT_THAT(outcome.out,
              HasSubstr("\ngcloud pubsub subscriptions create events-bigquery --project=demo-1 "
                        "--topic=events --bigquery-table=demo-1:analytics.rows --use-table-schema "
                        "--write-metadata --dead-letter-topic=events-dead-letters "
                        "--max-delivery-attempts=5 --expiration-period=never\n"));
}

TEST(PrintSetup, NamesTheSubscriptionOfLoadWhenThereIsOne) {
  EXPECT_EQ(run_with(with_table(), {"print-setup", "pubsub"}).out.find("`real-streaming load`"),
            std::string::npos);
  EXPECT_THAT(
      run_with(with_table({"WRITERS__PUBSUB__SUBSCRIPTION_ID=loaded"}), {"print-setup", "pubsub"})
          .out,
      HasSubstr("\ngcloud pubsub subscriptions create loaded --project=demo-1 --topic=events "
                "--ack-deadline=60 "));
}

TEST(PrintSetup, OrdersTheSubscriptionWhenEventsAreOrdered) {
  const Outcome outcome =
      run_with(with_table({"WRITERS__PUBSUB__ORDERING=user"}), {"print-setup", "pubsub"});
  EXPECT_THAT(outcome.out, HasSubstr(" --write-metadata --enable-message-ordering "));
}

TEST(PrintSetup, WritesWhatIsNotSetInCapitals) {
  const Outcome outcome = run_with({}, {"print-setup", "pubsub"});
  EXPECT_EQ(outcome.code, kFine);
  EXPECT_THAT(outcome.out,
              HasSubstr("gcloud pubsub topics create TOPIC_ID --project=PROJECT_ID\n"));
  EXPECT_THAT(outcome.out, HasSubstr("--bigquery-table=PROJECT_ID:DATASET_ID.TABLE_ID "));
  EXPECT_EQ(run_with(kTopic, {"print-setup", "local"}).code, kWrongUsage);
}

}  // namespace
}  // namespace rs::commands
