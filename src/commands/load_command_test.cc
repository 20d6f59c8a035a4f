#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "commands/command_fixture.h"

namespace rs::commands {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(LoadCommand, NamesAllThatIsMissingAtOnce) {
  const Outcome outcome = run_with({"WRITERS__STRATEGY=local"}, {"load"});
  EXPECT_EQ(outcome.code, kWrongUsage);
  EXPECT_EQ(outcome.error,
            "There are 2 mistakes in the settings:\n"
            "  WRITERS__PROJECT_ID (not set) is needed by load\n"
            "  WRITERS__PUBSUB__SUBSCRIPTION_ID (not set) is needed by load\n");
}

TEST(LoadCommand, DoesNotWriteBackToPubSub) {
  const Outcome outcome =
      run_with({"WRITERS__STRATEGY=pubsub", "WRITERS__PROJECT_ID=demo-1",
                "WRITERS__PUBSUB__TOPIC_ID=events", "WRITERS__PUBSUB__SUBSCRIPTION_ID=events-load"},
               {"load"});
  EXPECT_EQ(outcome.code, kWrongUsage);
  EXPECT_THAT(outcome.error, AllOf(HasSubstr("WRITERS__STRATEGY = \"pubsub\" (environment "),
                                   HasSubstr("must be direct or local for load")));
}

}  // namespace
}  // namespace rs::commands
