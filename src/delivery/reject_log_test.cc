#include "delivery/reject_log.h"

#include <gmock/gmock.h>

namespace rs::delivery {
namespace {

using namespace std::chrono_literals;

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const RejectLog::Clock::time_point kStart{1h};

struct Case {
  const char *reason, *kind;
};

class RejectKind : public testing::TestWithParam<Case> {};

TEST_P(RejectKind, IsTheReasonWithoutWhatARowMayHaveInIt) {
  EXPECT_EQ(RejectLog::kind_of(GetParam().reason), GetParam().kind);
}

INSTANTIATE_TEST_SUITE_P(
    Each, RejectKind,
    testing::Values(
        Case{"row too large", "row too large"},
        Case{"Field event_params: 12345 elements, 100 allowed",
             "Field event_params: # elements, # allowed"},
        Case{"Could not parse 'jane@example.com' as DATE", "Could not parse '...' as DATE"},
        Case{"Column \"user\": bad value \"jane\"", "Column \"...\": bad value \"...\""},
        Case{"the table doesn't take it, can't it?", "the table doesn't take it, can't it?"},
        Case{"no end of 'a text", "no end of '..."}, Case{"", ""}));

TEST(RejectLog, SaysEachKindAtMostOnceAMinuteAndCountsWhatItDoesNotSay) {
  RejectLog log("Sink x");
  log.add("row 1 is too large");
  log.add("row 2 is too large");
  log.add("no such column");
  EXPECT_THAT(
      log.take(kStart),
      ElementsAre("Sink x rejects rows (1), which are kept as dead letters: no such column",
                  "Sink x rejects rows (2), which are kept as dead letters: row # is too large"));
  log.add("row 3 is too large");
  EXPECT_THAT(log.take(kStart + 59s), IsEmpty());
  log.add("another reason");
  EXPECT_THAT(log.take(kStart + 59s), ElementsAre(HasSubstr("another reason")));
  log.add("row 4 is too large");
  EXPECT_THAT(
      log.take(kStart + 60s),
      ElementsAre("Sink x rejects rows (2 in 60 seconds), which are kept as dead letters: row "
                  "# is too large"));
}

TEST(RejectLog, TellsNoMoreKindsApartThanFitIntoALog) {
  RejectLog log("Sink x");
  for (char first = 'a'; first <= 'z'; ++first) {
    for (char second = 'a'; second <= 'z'; ++second) log.add(std::string{first, second});
  }
  const auto lines = log.take(kStart);
  EXPECT_THAT(lines, SizeIs(31));
  EXPECT_THAT(lines,
              ::testing::Contains(HasSubstr("(646), which are kept as dead letters: other")));
}

}  // namespace
}  // namespace rs::delivery
