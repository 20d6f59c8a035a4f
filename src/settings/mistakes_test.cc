#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "settings/fixture.h"

namespace rs::settings {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct Bad {
  std::string given, mistake;  // The mistake without the name, or all of it when it differs.
};

TEST_F(ReadSettings, SaysForEveryMistakeWhatIsAllowed) {
  const std::string path_rule =
      "must be a path that begins with / and has letters, digits and / - . _ ~ only; / for none";
  const std::string list_rule = "must be a list (a JSON array of strings, or comma-separated) of ";
  const std::string shell_rule =
      ", which only a shell replaces: write the whole path, such as /var/lib/real-streaming";
  const std::string quote_rule =
      " quotation mark, which is part of the value here (docker's --env-file and Kubernetes pass "
      "it "
      "on): write the value without it";
  const Bad cases[] = {
      {"RUN__PORT=http", "must be a whole number from 0 to 65535"},
      {"RUN__PORT=65536", "must be a whole number from 0 to 65535"},
      {"RUN__PORT=-1", "must be a whole number from 0 to 65535"},
      {"RUN__PORT=80.5", "must be a whole number from 0 to 65535"},
      {"RUN__PORT=99999999999999999999", "must be a whole number from 0 to 65535"},
      {"RUN__THREADS=0", "must be a whole number from 1 to 256"},
      {"RUN__IDLE_TIMEOUT=nan", "must be seconds from 0.001 to 86400"},
      {"RUN__IDLE_TIMEOUT=inf", "must be seconds from 0.001 to 86400"},
      {"RUN__IDLE_TIMEOUT=10s", "must be seconds from 0.001 to 86400"},
      {"RUN__IDLE_TIMEOUT=0", "must be seconds from 0.001 to 86400"},
      {"RUN__HOST=example.com", "must be an IP address, or localhost"},
      {"COOKIE__SECURE=maybe", "must be true or false"},
      {"COOKIE__SAMESITE=some", "must be one of none, lax, strict"},
      {"WRITERS__STRATEGY=bigquery", "must be one of local, direct, pubsub, discard"},
      {"WRITERS__ACK=never", "must be one of received, spooled, delivered"},
      {"API__PREFIX=api", path_rule},
      {"API__V1__STREAMING=/", "must be a path with at least one letter after the /"},
      {"API__STATIC_DIR=/no/such/folder", "must be a folder that exists"},
      {"API__STATIC_DIR=~/static", "begins with ~" + shell_rule},
      {"WRITERS__DATA_DIR=~/data", "begins with ~" + shell_rule},
      {"WRITERS__DATA_DIR=$HOME/data", "begins with $" + shell_rule},
      {"DEVICE__DATABASE=~/device.db", "begins with ~" + shell_rule},
      // As docker's --env-file and Kubernetes pass them on.
      {"WRITERS__DATA_DIR=\"/x\"", "begins with a" + quote_rule},
      {"WRITERS__DATA_DIR='/x'", "begins with a" + quote_rule},
      {"WRITERS__STRATEGY=\"local\"", "begins with a" + quote_rule},
      {"RUN__PORT=\"8080\"", "begins with a" + quote_rule},
      {"CORS__ALLOW_METHODS=\"GET\",\"POST\"", "begins with a" + quote_rule},
      {"WRITERS__BQ__DATASET_ID=a.b", "must be a dataset id alone: letters, digits and _"},
      {"CORS__ALLOWED_ORIGINS=[\"https://a.example\"",
       list_rule + "origins such as https://example.com or https://*.example.com, without a path, "
                   "or *"},
      {"CORS__ALLOW_METHODS=[1]", list_rule + "HTTP methods"},
      {"CORS__ALLOW_METHODS=[\"\"]", "has an empty item"},
      {"CORS__ALLOW_METHODS=GET,P T",
       "has the item 'P T', which must be an HTTP method such as POST"},
      {"RUN__TRUSTED_PROXIES=everyone",
       "has the item 'everyone', which must be an IP address, a network such as 10.0.0.0/8, or one "
       "of: loopback, private"},
      {"COOKIE__NAME=a b", "must be a cookie's name such as __uid__"},
      {"COOKIE__DOMAIN=co.uk",
       "must be a domain such as example.com, and not a public suffix such as co.uk"},
  };
  for (const auto& [given, mistake] : cases) {
    const auto equals = given.find('=');
    std::string value = given.substr(equals + 1);
    for (std::size_t at = 0; (at = value.find('"', at)) != std::string::npos; at += 2) {
      value.insert(at, "\\");
    }
    EXPECT_THAT(mistakes({given}),
                ElementsAre(fmt::format("{} = \"{}\" (environment) {}", given.substr(0, equals),
                                        value, mistake)));
  }
}

TEST_F(ReadSettings, ReportsSettingsThatDoNotGoTogether) {
  EXPECT_THAT(mistakes({"COOKIE__SECURE=false"}),
              ElementsAre("APP_CONFIG__COOKIE__SAMESITE = \"none\" (default) must be lax or strict "
                          "while COOKIE__SECURE is false: browsers drop such a cookie"));
  EXPECT_THAT(mistakes({"COOKIE__SECURE=false", "COOKIE__SAMESITE=lax"}), IsEmpty());
  EXPECT_THAT(
      mistakes({"COOKIE__NAME=__Secure-id", "COOKIE__SECURE=false", "COOKIE__SAMESITE=lax"}),
      ElementsAre(HasSubstr("must not begin with __Host- or __Secure- while COOKIE__SECURE")));
  EXPECT_THAT(mistakes({"COOKIE__NAME=__Host-id", "COOKIE__DOMAIN=example.com"}),
              ElementsAre(HasSubstr("must be empty while COOKIE__NAME begins with __Host-")));
  EXPECT_THAT(mistakes({"CORS__ALLOWED_ORIGINS=https://a.example,*"}),
              ElementsAre(HasSubstr("must not hold * while CORS__ALLOW_CREDENTIALS is true")));
  EXPECT_THAT(mistakes({"CORS__ALLOWED_ORIGINS=*", "CORS__ALLOW_CREDENTIALS=false"}), IsEmpty());
  EXPECT_THAT(mistakes({"RUN__MAX_BODY_BYTES=1000000", "RUN__MAX_UNFINISHED_BYTES=1999999"}),
              ElementsAre(HasSubstr("must be at least twice RUN__MAX_BODY_BYTES")));
  EXPECT_THAT(mistakes({"API__V1__FETCH=/streaming"}),
              ElementsAre(HasSubstr("must differ from API__V1__STREAMING")));
  for (const char* name : {"WRITERS__LOCAL__MAX_BATCH_SIZE", "WRITERS__BQ__MAX_BATCH_SIZE",
                           "WRITERS__PUBSUB__MAX_BATCH_SIZE"}) {
    EXPECT_THAT(mistakes({std::string(name) + "=101", "WRITERS__BQ__MAX_QUEUE_SIZE=100"}),
                ElementsAre(std::string(name) +
                            " = \"101\" (environment) must not be more than "
                            "WRITERS__BQ__MAX_QUEUE_SIZE: such a batch would never fill"));
  }
}

TEST_F(ReadSettings, NamesWhatAStrategyNeeds) {
  EXPECT_THAT(mistakes({"WRITERS__STRATEGY=direct"}),
              ElementsAre("APP_CONFIG__WRITERS__PROJECT_ID (not set) is needed by the strategies "
                          "direct and pubsub",
                          "APP_CONFIG__WRITERS__BQ__DATASET_ID (not set) is needed by the strategy "
                          "direct",
                          "APP_CONFIG__WRITERS__BQ__TABLE_ID (not set) is needed by the strategy "
                          "direct"));
  EXPECT_THAT(mistakes({"WRITERS__PROJECT_ID=demo", "WRITERS__BQ__DATASET_ID=a",
                        "WRITERS__BQ__TABLE_ID=b"}),
              IsEmpty());
  EXPECT_THAT(mistakes({"WRITERS__STRATEGY=pubsub", "WRITERS__PROJECT_ID=demo"}),
              ElementsAre("APP_CONFIG__WRITERS__PUBSUB__TOPIC_ID (not set) is needed by the "
                          "strategy pubsub"));
  EXPECT_THAT(mistakes({"WRITERS__STRATEGY=pubsub", "WRITERS__PROJECT_ID=demo",
                        "WRITERS__PUBSUB__TOPIC_ID=events", "WRITERS__BQ__DATASET_ID=a"}),
              ElementsAre("APP_CONFIG__WRITERS__BQ__TABLE_ID (not set) and "
                          "WRITERS__BQ__DATASET_ID must both be set, or neither"));
  EXPECT_THAT(mistakes({"WRITERS__PROJECT_ID=demo", "WRITERS__STRATEGY=local"}), IsEmpty());
}

TEST_F(ReadSettings, ReportsAllMistakesAtOnceAndEachOnce) {
  write(".env", "nonsense\nCOOKIE__SECURE=perhaps\nAPP_CONFIG__NOPE=1");
  EXPECT_THAT(mistakes({"APP_CONFIG__RUN__PORT=x", "RUN__THREADS=y", "WRITERS__STRATEGY=z",
                        "WRITERS__BQ__MAX_QUEUE_SIZE=q"}),
              UnorderedElementsAre(
                  ".env:1 has no '='", HasSubstr("COOKIE__SECURE = \"perhaps\""),
                  HasSubstr("APP_CONFIG__NOPE"), HasSubstr("APP_CONFIG__RUN__PORT = \"x\""),
                  HasSubstr("RUN__THREADS = \"y\""), HasSubstr("WRITERS__STRATEGY = \"z\""),
                  HasSubstr("WRITERS__BQ__MAX_QUEUE_SIZE = \"q\"")));
}

TEST_F(ReadSettings, SuggestsTheNearestNameAndKeepsTheValueOfAnUnknownOneToItself) {
  EXPECT_THAT(
      mistakes({"APP_CONFIG__WRITERS__PROJECT=secret"}),
      ElementsAre("APP_CONFIG__WRITERS__PROJECT (environment) is not a setting; did you mean "
                  "APP_CONFIG__WRITERS__PROJECT_ID?"));
  EXPECT_THAT(mistakes({"app_config__cors__allow_origins="}),
              ElementsAre(HasSubstr("did you mean APP_CONFIG__CORS__ALLOWED_ORIGINS?")));
  EXPECT_THAT(mistakes({"APP_CONFIG__PORT=1"}),
              ElementsAre(HasSubstr("did you mean APP_CONFIG__RUN__PORT?")));
  EXPECT_THAT(
      mistakes({"APP_CONFIG__XYZ=1"}),
      ElementsAre("APP_CONFIG__XYZ (environment) is not a setting; print-settings lists all"));
  EXPECT_THAT(mistakes({"APP_CONFIG__=1"}), ElementsAre(HasSubstr("is not a setting")));
}

TEST_F(ReadSettings, OnlyHintsAtAnUnknownNameWithoutThePrefix) {
  write(".env", "WRITERS__PROJEKT_ID=1\nDATABASE_URL=2\nOTHER__THING=3\n");
  const Reading reading = read({"HOME=/root", "PATH=/bin"});
  EXPECT_THAT(reading.mistakes, IsEmpty());
  EXPECT_THAT(reading.notes, ElementsAre(HasSubstr("did you mean WRITERS__PROJECT_ID?")));
}

TEST_F(ReadSettings, ReportsOneNameInTwoSpellingsWithTwoValues) {
  EXPECT_THAT(
      mistakes({"RUN__PORT=1", "run__port=2"}),
      ElementsAre("run__port = \"2\" (environment) contradicts RUN__PORT, which is the same "
                  "name"));
  EXPECT_THAT(mistakes({"RUN__PORT=1", "run__port=1"}), IsEmpty());
}

TEST_F(ReadSettings, RefusesAVariableThatItWouldNotReplace) {
  write(".env", "WRITERS__DATA_DIR=${HOME}/data\nOTHER=${HOME}\n");
  EXPECT_THAT(
      mistakes({}),
      ElementsAre(HasSubstr("(.env:1) holds ${...} or $(...), which is not replaced here")));
  write(".env", "WRITERS__DATA_DIR='data/${HOME}'\n");
  EXPECT_EQ(read({}).settings.writers.data_dir, "data/${HOME}");
}

TEST(Mistakes, AreListedUnderAHeading) {
  EXPECT_EQ(describe(std::vector<Mistake>{{".env:1", "", "", "has no '='"}}),
            "There is a mistake in the settings:\n  .env:1 has no '='\n");
  EXPECT_EQ(describe(std::vector<Mistake>{{".env:1", "", "", "has no '='"},
                                          {"environment", "A", std::string(200, 'x'), "is long"}}),
            "There are 2 mistakes in the settings:\n  .env:1 has no '='\n  A = \"" +
                std::string(120, 'x') + "...\" (environment) is long\n");
}

}  // namespace
}  // namespace rs::settings
