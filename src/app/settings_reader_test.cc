#include "app/settings_reader.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cores.h"
#include "app/settings_table.h"

namespace rs::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using namespace std::chrono_literals;

// A folder of its own, in which files of settings are written.
class ReadSettings : public ::testing::Test {
 protected:
  ReadSettings() {
    char name[] = "/tmp/settings_test.XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~ReadSettings() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  Reading read(std::vector<std::string> environment, std::optional<std::string> file = {}) {
    return read_settings({std::move(environment), std::move(file), folder_.string()});
  }

  // The mistakes as they are shown, without the folder's name.
  std::vector<std::string> mistakes(std::vector<std::string> environment,
                                    std::optional<std::string> file = {}) {
    std::vector<std::string> out;
    for (const auto& mistake : read(std::move(environment), std::move(file)).mistakes) {
      out.push_back(describe(mistake));
      const std::string prefix = folder_.string() + "/";
      if (const auto at = out.back().find(prefix); at != std::string::npos) {
        out.back().erase(at, prefix.size());
      }
    }
    return out;
  }

  std::filesystem::path folder_;
};

const Effective& value_of(const Reading& reading, std::string_view name) {
  for (const auto& value : reading.values) {
    if (value.setting->name == name) return value;
  }
  ADD_FAILURE() << "no such setting: " << name;
  return reading.values.front();
}

TEST_F(ReadSettings, HasTheDefaultsOfTheContract) {
  const Reading reading = read({});
  EXPECT_THAT(reading.mistakes, IsEmpty());
  const Settings& s = reading.settings;
  EXPECT_EQ(s.environment, "QA");
  EXPECT_TRUE(s.is_qa());
  EXPECT_EQ(s.run.host, "0.0.0.0");
  EXPECT_EQ(s.run.port, 8000);
  EXPECT_EQ(s.run.threads, available_cores());
  EXPECT_EQ(s.run.max_body_bytes, 1'048'576u);
  EXPECT_EQ(s.run.max_connections, 20'000u);
  EXPECT_EQ(s.run.header_timeout, 10s);
  EXPECT_EQ(s.run.body_timeout, 30s);
  EXPECT_EQ(s.run.idle_timeout, 75s);
  EXPECT_EQ(s.run.ack_timeout, 30s);
  EXPECT_EQ(s.run.shutdown, 8s);
  EXPECT_THAT(s.run.trusted_proxies, IsEmpty());
  EXPECT_EQ(s.api.streaming_path(), "/api/v1/streaming");
  EXPECT_EQ(s.api.fetch_path(), "/api/v1/fetch");
  EXPECT_EQ(s.api.static_dir, "");
  EXPECT_EQ(s.writers.strategy, Strategy::kLocal);
  EXPECT_EQ(s.writers.ack, Ack::kDelivered);
  EXPECT_EQ(s.writers.data_dir, "./data");
  EXPECT_EQ(s.writers.project_id, "");
  EXPECT_EQ(s.writers.max_queue_bytes, 268'435'456u);
  EXPECT_EQ(s.writers.local.max_batch_size, 20'480u);
  EXPECT_EQ(s.writers.local.flush_interval, 500ms);
  EXPECT_EQ(s.writers.bq.flush_interval, 500ms);
  EXPECT_EQ(s.writers.bq.max_batch_size, 500u);
  EXPECT_EQ(s.writers.bq.max_queue_size, 100'000u);
  EXPECT_EQ(s.writers.pubsub.max_bytes, 1'048'576u);
  EXPECT_EQ(s.writers.pubsub.publish_timeout, 10s);
  EXPECT_EQ(s.writers.pubsub.max_batch_size, 500u);
  EXPECT_EQ(s.writers.pubsub.flush_interval, 500ms);
  EXPECT_THAT(s.cors.allowed_origins, IsEmpty());
  EXPECT_TRUE(s.cors.allow_credentials);
  EXPECT_THAT(s.cors.allow_methods, ElementsAre("GET", "POST", "OPTIONS"));
  EXPECT_THAT(s.cors.allow_headers,
              ElementsAre("Content-Type", "Set-Cookie", "Access-Control-Allow-Headers",
                          "Access-Control-Allow-Origin", "Authorization", "Accept", "Origin",
                          "X-Requested-With", "X-Client-Geo-Country", "X-Client-Geo-State",
                          "X-Client-Geo-City"));
  EXPECT_EQ(s.cookie.max_age, 63'072'000s);
  EXPECT_TRUE(s.cookie.secure);
  EXPECT_TRUE(s.cookie.http_only);
  EXPECT_EQ(s.cookie.same_site, SameSite::kNone);
}

// Another value than the default for each setting, as it is written and as it is used.
struct Other {
  std::string_view name, written, used;
};
constexpr Other kOthers[] = {
    {"ENVIRONMENT", "production", "production"},
    {"RUN__HOST", "localhost", "127.0.0.1"},
    {"RUN__PORT", "0", "0"},
    {"RUN__THREADS", "7", "7"},
    {"RUN__MAX_BODY_BYTES", "2048", "2048"},
    {"RUN__MAX_CONNECTIONS", "10", "10"},
    {"RUN__HEADER_TIMEOUT", "1.5", "1.5"},
    {"RUN__BODY_TIMEOUT", "2", "2"},
    {"RUN__IDLE_TIMEOUT", "620", "620"},
    {"RUN__ACK_TIMEOUT", "0.25", "0.25"},
    {"RUN__SHUTDOWN_SECONDS", "0", "0"},
    {"RUN__TRUSTED_PROXIES", "private, 203.0.113.7", "[\"private\",\"203.0.113.7\"]"},
    {"API__PREFIX", "/", ""},
    {"API__V1__PREFIX", "/v2/", "/v2"},
    {"API__V1__STREAMING", "/collect", "/collect"},
    {"API__V1__FETCH", "/js", "/js"},
    {"API__STATIC_DIR", "/", "/"},
    {"WRITERS__STRATEGY", "Discard", "discard"},
    {"WRITERS__ACK", "RECEIVED", "received"},
    {"WRITERS__DATA_DIR", "/var/lib/real streaming", "/var/lib/real streaming"},
    {"WRITERS__PROJECT_ID", "demo-1", "demo-1"},
    {"WRITERS__MAX_QUEUE_BYTES", "1048576", "1048576"},
    {"WRITERS__LOCAL__MAX_BATCH_SIZE", "100", "100"},
    {"WRITERS__LOCAL__FLUSH_INTERVAL", "1e-1", "0.1"},
    {"WRITERS__BQ__DATASET_ID", "analytics_1", "analytics_1"},
    {"WRITERS__BQ__TABLE_ID", "events", "events"},
    {"WRITERS__BQ__FLUSH_INTERVAL", "0.001", "0.001"},
    {"WRITERS__BQ__MAX_BATCH_SIZE", "200", "200"},
    {"WRITERS__BQ__MAX_QUEUE_SIZE", "1000", "1000"},
    {"WRITERS__PUBSUB__TOPIC_ID", "events", "events"},
    {"WRITERS__PUBSUB__SUBSCRIPTION_ID", "events-sub", "events-sub"},
    {"WRITERS__PUBSUB__MAX_BYTES", "2048", "2048"},
    {"WRITERS__PUBSUB__PUBLISH_TIMEOUT", "60.0", "60"},
    {"WRITERS__PUBSUB__MAX_BATCH_SIZE", "300", "300"},
    {"WRITERS__PUBSUB__FLUSH_INTERVAL", "2.5", "2.5"},
    {"CORS__ALLOWED_ORIGINS", "[\"https://A.example\", \"https://*.b.example\"]",
     "[\"https://a.example\",\"https://*.b.example\"]"},
    {"CORS__ALLOW_CREDENTIALS", "no", "false"},
    {"CORS__ALLOW_METHODS", "post,,get ,", "[\"POST\",\"GET\"]"},
    {"CORS__ALLOW_HEADERS", "[ ]", "[]"},
    {"COOKIE__MAX_AGE", "86400", "86400"},
    {"COOKIE__SECURE", "True", "true"},
    {"COOKIE__HTTPONLY", "OFF", "false"},
    {"COOKIE__SAMESITE", "Lax", "lax"},
};

TEST_F(ReadSettings, TakesEverySettingFromEverySource) {
  std::size_t count = 0;
  for (const auto& group : settings_table()) count += group.settings.size();
  ASSERT_EQ(std::size(kOthers), count) << "kOthers must name every setting";

  const std::string prefix(kPrefix);
  std::vector<std::string> prefixed, bare;
  std::string prefixed_file, bare_file;
  for (const auto& other : kOthers) {
    const std::string line = std::string(other.name) + "=" + std::string(other.written);
    bare.push_back(line);
    prefixed.push_back(prefix + line);
    bare_file += line + "\n";
    prefixed_file += "export " + prefix + line + "\n";
  }
  write("bare.env", bare_file);
  write("prefixed.env", prefixed_file);
  for (const Reading& reading : {read(bare), read(prefixed), read({}, folder_ / "bare.env"),
                                 read({}, folder_ / "prefixed.env")}) {
    ASSERT_THAT(reading.mistakes, IsEmpty()) << describe(reading.mistakes);
    for (const auto& other : kOthers) {
      EXPECT_EQ(value_of(reading, other.name).value, other.used) << other.name;
      EXPECT_TRUE(value_of(reading, other.name).given) << other.name;
    }
  }
}

TEST_F(ReadSettings, PutsEveryValueIntoItsOwnField) {
  std::vector<std::string> environment;
  for (const auto& other : kOthers) {
    environment.push_back(std::string(other.name) + "=" + std::string(other.written));
  }
  const Settings s = read(environment).settings;
  EXPECT_EQ(s.environment, "production");
  EXPECT_FALSE(s.is_qa());
  EXPECT_EQ(s.run.host, "127.0.0.1");
  EXPECT_EQ(s.run.port, 0);
  EXPECT_EQ(s.run.threads, 7u);
  EXPECT_EQ(s.run.max_body_bytes, 2048u);
  EXPECT_EQ(s.run.max_connections, 10u);
  EXPECT_EQ(s.run.header_timeout, 1500ms);
  EXPECT_EQ(s.run.body_timeout, 2s);
  EXPECT_EQ(s.run.idle_timeout, 620s);
  EXPECT_EQ(s.run.ack_timeout, 250ms);
  EXPECT_EQ(s.run.shutdown, 0s);
  EXPECT_THAT(s.run.trusted_proxies, ElementsAre("private", "203.0.113.7"));
  EXPECT_EQ(s.api.streaming_path(), "/v2/collect");
  EXPECT_EQ(s.api.fetch_path(), "/v2/js");
  EXPECT_EQ(s.api.static_dir, "/");
  EXPECT_EQ(s.writers.strategy, Strategy::kDiscard);
  EXPECT_EQ(s.writers.ack, Ack::kReceived);
  EXPECT_EQ(s.writers.data_dir, "/var/lib/real streaming");
  EXPECT_EQ(s.writers.project_id, "demo-1");
  EXPECT_EQ(s.writers.max_queue_bytes, 1'048'576u);
  EXPECT_EQ(s.writers.local.max_batch_size, 100u);
  EXPECT_EQ(s.writers.local.flush_interval, 100ms);
  EXPECT_EQ(s.writers.bq.dataset_id, "analytics_1");
  EXPECT_EQ(s.writers.bq.table_id, "events");
  EXPECT_EQ(s.writers.bq.flush_interval, 1ms);
  EXPECT_EQ(s.writers.bq.max_batch_size, 200u);
  EXPECT_EQ(s.writers.bq.max_queue_size, 1000u);
  EXPECT_EQ(s.writers.pubsub.topic_id, "events");
  EXPECT_EQ(s.writers.pubsub.subscription_id, "events-sub");
  EXPECT_EQ(s.writers.pubsub.max_bytes, 2048u);
  EXPECT_EQ(s.writers.pubsub.publish_timeout, 60s);
  EXPECT_EQ(s.writers.pubsub.max_batch_size, 300u);
  EXPECT_EQ(s.writers.pubsub.flush_interval, 2500ms);
  EXPECT_THAT(s.cors.allowed_origins, ElementsAre("https://a.example", "https://*.b.example"));
  EXPECT_FALSE(s.cors.allow_credentials);
  EXPECT_THAT(s.cors.allow_methods, ElementsAre("POST", "GET"));
  EXPECT_THAT(s.cors.allow_headers, IsEmpty());
  EXPECT_EQ(s.cookie.max_age, 86'400s);
  EXPECT_TRUE(s.cookie.secure);
  EXPECT_FALSE(s.cookie.http_only);
  EXPECT_EQ(s.cookie.same_site, SameSite::kLax);
}

TEST_F(ReadSettings, FollowsTheOrderOfPrecedence) {
  struct Step {
    std::vector<std::string> environment;
    std::string file, value, source;
  };
  const std::string both = "RUN__PORT=3\nAPP_CONFIG__RUN__PORT=4\n";
  const Step steps[] = {
      {{}, "", "8000", "default"},
      {{"PORT=1"}, "", "1", "environment PORT"},
      {{}, "PORT=2", "2", ".env:1 PORT"},
      {{"PORT=1"}, "PORT=2", "1", "environment PORT"},
      {{"PORT=1"}, "RUN__PORT=3", "3", ".env:1 RUN__PORT"},
      {{"PORT=1"}, both, "4", ".env:2 APP_CONFIG__RUN__PORT"},
      {{"PORT=1", "RUN__PORT=5"}, both, "5", "environment RUN__PORT"},
      {{"APP_CONFIG__RUN__PORT=6", "RUN__PORT=5"}, both, "6", "environment APP_CONFIG__RUN__PORT"},
      {{"app_config__Run__port=6"}, both, "6", "environment app_config__Run__port"},
      {{"run__PORT=6"}, "", "6", "environment run__PORT"},
      {{}, "RUN__PORT=1\nrun__port=2", "2", ".env:2 run__port"},
      {{"APP_CONFIG__RUN__PORT="}, "RUN__PORT=3", "3", ".env:1 RUN__PORT"},
      {{"APP_CONFIG__RUN__PORT= ", "RUN__PORT= 7\n"}, "", "7", "environment RUN__PORT"},
  };
  for (const auto& step : steps) {
    write(".env", step.file);
    const Reading reading = read(step.environment);
    EXPECT_THAT(reading.mistakes, IsEmpty()) << step.source;
    const Effective& port = value_of(reading, "RUN__PORT");
    EXPECT_EQ(port.value, step.value) << step.source;
    const auto at = port.source.find(".env");
    EXPECT_EQ(at == std::string::npos ? port.source : port.source.substr(at), step.source);
  }
}

TEST_F(ReadSettings, LooksForOneFileOnly) {
  write("src/.env", "RUN__PORT=2\nRUN__THREADS=3\n");
  EXPECT_EQ(read({}).settings.run.port, 2);
  std::filesystem::create_directory(folder_ / ".env");  // A Python environment of that name.
  EXPECT_EQ(read({}).settings.run.port, 2);
  std::filesystem::remove(folder_ / ".env");
  write(".env", "RUN__PORT=1\n");
  EXPECT_EQ(read({}).settings.run.port, 1);
  EXPECT_FALSE(value_of(read({}), "RUN__THREADS").given);
  write("named.env", "RUN__PORT=4\n");
  EXPECT_EQ(read({}, folder_ / "named.env").settings.run.port, 4);
}

TEST_F(ReadSettings, ReportsANamedFileThatIsNone) {
  EXPECT_THAT(mistakes({}, folder_ / "missing.env"),
              ElementsAre("missing.env is named by --env-file and is no file"));
  EXPECT_THAT(mistakes({}, folder_.string()),
              ElementsAre(HasSubstr(" is named by --env-file and is no file")));
}

TEST_F(ReadSettings, ReportsBadLinesOfTheFile) {
  write(".env", "RUN__PORT\nRUN__THREADS='2\n");
  EXPECT_THAT(mistakes({}), ElementsAre(".env:1 has no '='", ".env:2 has no closing quote"));
}

struct Bad {
  std::string given, mistake;  // The mistake without the name, or all of it when it differs.
};

TEST_F(ReadSettings, SaysForEveryMistakeWhatIsAllowed) {
  const std::string path_rule =
      "must be a path that begins with / and has letters, digits and / - . _ ~ only; / for none";
  const std::string list_rule = "must be a list (a JSON array of strings, or comma-separated) of ";
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
       "of the words loopback, private"},
  };
  for (const auto& [given, mistake] : cases) {
    const auto equals = given.find('=');
    std::string value = given.substr(equals + 1);
    for (std::size_t at = 0; (at = value.find('"', at)) != std::string::npos; at += 2) {
      value.insert(at, "\\");
    }
    EXPECT_THAT(mistakes({given}), ElementsAre(given.substr(0, equals) + " = \"" + value +
                                               "\" (environment) " + mistake));
  }
}

TEST_F(ReadSettings, ReportsSettingsThatDoNotGoTogether) {
  EXPECT_THAT(mistakes({"COOKIE__SECURE=false"}),
              ElementsAre("APP_CONFIG__COOKIE__SAMESITE = \"none\" (default) must be lax or strict "
                          "while COOKIE__SECURE is false: browsers drop such a cookie"));
  EXPECT_THAT(mistakes({"COOKIE__SECURE=false", "COOKIE__SAMESITE=lax"}), IsEmpty());
  EXPECT_THAT(mistakes({"CORS__ALLOWED_ORIGINS=https://a.example,*"}),
              ElementsAre(HasSubstr("must not hold * while CORS__ALLOW_CREDENTIALS is true")));
  EXPECT_THAT(mistakes({"CORS__ALLOWED_ORIGINS=*", "CORS__ALLOW_CREDENTIALS=false"}), IsEmpty());
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

TEST_F(ReadSettings, LowersDefaultBatchesToASmallQueue) {
  const Reading reading = read({"WRITERS__BQ__MAX_QUEUE_SIZE=100"});
  EXPECT_THAT(reading.mistakes, IsEmpty());
  EXPECT_EQ(reading.settings.writers.local.max_batch_size, 100u);
  EXPECT_EQ(reading.settings.writers.bq.max_batch_size, 100u);
  EXPECT_EQ(reading.settings.writers.pubsub.max_batch_size, 100u);
}

TEST_F(ReadSettings, NamesWhatAStrategyNeedsAndWhatThisVersionLacks) {
  const std::string later =
      "is not available in this version (BigQuery comes with a later one): set it to local, or to "
      "discard for measuring";
  EXPECT_THAT(mistakes({"WRITERS__STRATEGY=direct"}),
              ElementsAre("APP_CONFIG__WRITERS__PROJECT_ID (not set) is needed by the strategies "
                          "direct and pubsub",
                          "APP_CONFIG__WRITERS__BQ__DATASET_ID (not set) is needed by the strategy "
                          "direct",
                          "APP_CONFIG__WRITERS__BQ__TABLE_ID (not set) is needed by the strategy "
                          "direct",
                          "WRITERS__STRATEGY = \"direct\" (environment) " + later));
  EXPECT_THAT(mistakes({"WRITERS__PROJECT_ID=demo", "WRITERS__BQ__DATASET_ID=a",
                        "WRITERS__BQ__TABLE_ID=b"}),
              ElementsAre("APP_CONFIG__WRITERS__STRATEGY = \"direct\" (default: local when "
                          "WRITERS__PROJECT_ID is not set, else direct) " +
                          later));
  EXPECT_THAT(mistakes({"WRITERS__STRATEGY=pubsub", "WRITERS__PROJECT_ID=demo"}),
              ElementsAre("APP_CONFIG__WRITERS__PUBSUB__TOPIC_ID (not set) is needed by the "
                          "strategy pubsub",
                          HasSubstr("Pub/Sub comes with a later one")));
  EXPECT_THAT(mistakes({"WRITERS__ACK=spooled"}),
              ElementsAre(HasSubstr("the spool comes with a later one")));
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
  write(".env", "WRITERS__DATA_DIR='${HOME}/data'\n");
  EXPECT_EQ(read({}).settings.writers.data_dir, "${HOME}/data");
}

TEST_F(ReadSettings, TrustsTheFrontEndOfCloudRun) {
  EXPECT_THAT(read({"K_SERVICE=collector"}).settings.run.trusted_proxies, ElementsAre("private"));
  EXPECT_THAT(read({"K_SERVICE=collector", "RUN__TRUSTED_PROXIES=[]"}).settings.run.trusted_proxies,
              IsEmpty());
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
}  // namespace rs::app
