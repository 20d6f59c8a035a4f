#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "settings/cores.h"
#include "settings/fixture.h"
#include "settings/table.h"

namespace rs::settings {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

TEST_F(ReadSettings, HasTheDefaultsOfTheContract) {
  const Reading reading = read({});
  EXPECT_THAT(reading.mistakes, IsEmpty());
  const Settings& s = reading.settings;
  EXPECT_EQ(s.environment, "QA");
  EXPECT_TRUE(s.is_qa());
  EXPECT_EQ(s.logging.target, LogTarget::kStdout);
  EXPECT_EQ(s.run.host, "0.0.0.0");
  EXPECT_EQ(s.run.port, 8000);
  EXPECT_EQ(s.run.threads, available_cores());
  EXPECT_EQ(s.run.max_body_bytes, 1'048'576u);
  EXPECT_EQ(s.run.max_events, 1000u);
  EXPECT_EQ(s.run.max_connections, 20'000u);
  EXPECT_EQ(s.run.header_timeout, 10s);
  EXPECT_EQ(s.run.body_timeout, 30s);
  EXPECT_EQ(s.run.idle_timeout, 620s);
  EXPECT_EQ(s.run.max_head_bytes, 65'536u);
  EXPECT_EQ(s.run.max_unfinished_bytes, 67'108'864u);
  EXPECT_EQ(s.limits.decode_ratio, 100u);
  EXPECT_EQ(s.run.ack_timeout, 30s);
  EXPECT_EQ(s.run.shutdown, 8s);
  EXPECT_THAT(s.run.trusted_proxies, IsEmpty());
  EXPECT_EQ(s.api.streaming_path(), "/api/v1/streaming");
  EXPECT_EQ(s.api.fetch_path(), "/api/v1/fetch");
  EXPECT_EQ(s.api.static_dir, "");
  EXPECT_THAT(s.ga4.paths, ElementsAre("/g/collect", "/mp/collect", "/ag/g/c"));
  EXPECT_EQ(s.writers.strategy, Strategy::kLocal);
  EXPECT_EQ(s.writers.ack, Ack::kSpooled);
  EXPECT_EQ(s.spool.sync, SpoolSync::kDisk);
  EXPECT_EQ(s.spool.max_bytes, 8'589'934'592u);
  EXPECT_EQ(s.dead_letters.max_bytes, 1'073'741'824u);
  EXPECT_EQ(s.writers.data_dir, "./data");
  EXPECT_EQ(s.writers.project_id, "");
  EXPECT_EQ(s.writers.max_queue_bytes, 268'435'456u);
  EXPECT_EQ(s.writers.local.max_batch_size, 20'480u);
  EXPECT_EQ(s.writers.local.flush_interval, 500ms);
  EXPECT_GE(s.local.memory_limit, 134'217'728u);
  EXPECT_LE(s.local.memory_limit, 536'870'912u);
  EXPECT_EQ(s.writers.bq.flush_interval, 500ms);
  EXPECT_EQ(s.writers.bq.max_batch_size, 500u);
  EXPECT_EQ(s.writers.bq.delivery, BigQueryDelivery::kAtLeastOnce);
  EXPECT_EQ(s.writers.bq.answer_timeout, 300s);
  EXPECT_EQ(s.writers.bq.max_queue_size, 100'000u);
  EXPECT_FALSE(s.writers.pubsub.create_topic);
  EXPECT_EQ(s.writers.pubsub.ordering, PubSubOrdering::kNone);
  EXPECT_EQ(s.writers.pubsub.max_bytes, 1'048'576u);
  EXPECT_EQ(s.writers.pubsub.publish_timeout, 10s);
  EXPECT_EQ(s.writers.pubsub.max_batch_size, 500u);
  EXPECT_EQ(s.writers.pubsub.flush_interval, 500ms);
  EXPECT_EQ(s.writers.pubsub.max_held_messages, 20'000u);
  EXPECT_EQ(s.writers.pubsub.max_held_bytes, 67'108'864u);
  EXPECT_EQ(s.writers.pubsub.ack_deadline, 60s);
  EXPECT_EQ(s.limits.items, 1'000u);
  EXPECT_EQ(s.limits.params, 500u);
  EXPECT_EQ(s.limits.item_params, 100u);
  EXPECT_THAT(s.cors.allowed_origins, IsEmpty());
  EXPECT_TRUE(s.cors.allow_credentials);
  EXPECT_THAT(s.cors.allow_methods, ElementsAre("GET", "POST", "OPTIONS"));
  EXPECT_THAT(s.cors.allow_headers,
              ElementsAre("Content-Type", "Set-Cookie", "Access-Control-Allow-Headers",
                          "Access-Control-Allow-Origin", "Authorization", "Accept", "Origin",
                          "X-Requested-With", "X-Client-Geo-Country", "X-Client-Geo-State",
                          "X-Client-Geo-City"));
  EXPECT_EQ(s.cookie.name, "__uid__");
  EXPECT_EQ(s.cookie.domain, "");
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
    {"DEVICE__DATABASE", "/srv/device.db", "/srv/device.db"},
    {"DEVICE__CACHE_ENTRIES", "100", "100"},
    {"DEVICE__ACCEPT_HINTS", "false", "false"},
    {"DEVICE__CRITICAL_HINTS", "true", "true"},
    {"ENVIRONMENT", "production", "production"},
    {"LOGGING__TARGET", "cloud", "cloud"},
    {"RUN__HOST", "localhost", "127.0.0.1"},
    {"RUN__PORT", "0", "0"},
    {"RUN__THREADS", "7", "7"},
    {"RUN__MAX_BODY_BYTES", "2048", "2048"},
    {"RUN__MAX_EVENTS", "20", "20"},
    {"RUN__MAX_HEAD_BYTES", "4096", "4096"},
    {"RUN__MAX_UNFINISHED_BYTES", "1048576", "1048576"},
    {"RUN__MAX_CONNECTIONS", "10", "10"},
    {"RUN__HEADER_TIMEOUT", "1.5", "1.5"},
    {"RUN__BODY_TIMEOUT", "2", "2"},
    {"RUN__IDLE_TIMEOUT", "75", "75"},
    {"RUN__ACK_TIMEOUT", "0.25", "0.25"},
    {"RUN__SHUTDOWN_SECONDS", "0", "0"},
    {"RUN__TRUSTED_PROXIES", "private, 203.0.113.7", "[\"private\",\"203.0.113.7\"]"},
    {"LIMITS__DECODE_RATIO", "30", "30"},
    {"API__PREFIX", "/", ""},
    {"API__V1__PREFIX", "/v2/", "/v2"},
    {"API__V1__STREAMING", "/collect", "/collect"},
    {"API__V1__FETCH", "/js", "/js"},
    {"API__STATIC_DIR", "/", "/"},
    {"GA4__PATHS", "/x7, /g/collect/", "[\"/x7\",\"/g/collect\"]"},
    {"WRITERS__STRATEGY", "Discard", "discard"},
    {"WRITERS__ACK", "RECEIVED", "received"},
    {"WRITERS__DATA_DIR", "/var/lib/real streaming", "/var/lib/real streaming"},
    {"WRITERS__PROJECT_ID", "demo-1", "demo-1"},
    {"WRITERS__MAX_QUEUE_BYTES", "1048576", "1048576"},
    {"SPOOL__SYNC", "process", "process"},
    {"SPOOL__MAX_BYTES", "67108864", "67108864"},
    {"DEAD_LETTERS__MAX_BYTES", "2097152", "2097152"},
    {"WRITERS__LOCAL__MAX_BATCH_SIZE", "100", "100"},
    {"WRITERS__LOCAL__FLUSH_INTERVAL", "1e-1", "0.1"},
    {"LOCAL__MEMORY_LIMIT", "268435456", "268435456"},
    {"WRITERS__BQ__DATASET_ID", "analytics_1", "analytics_1"},
    {"WRITERS__BQ__TABLE_ID", "events", "events"},
    {"WRITERS__BQ__FLUSH_INTERVAL", "0.001", "0.001"},
    {"WRITERS__BQ__MAX_BATCH_SIZE", "200", "200"},
    {"WRITERS__BQ__DELIVERY", "exactly_once", "exactly_once"},
    {"WRITERS__BQ__MAX_CONNECTIONS", "3", "3"},
    {"WRITERS__BQ__MAX_REQUEST_BYTES", "200000", "200000"},
    {"WRITERS__BQ__ANSWER_TIMEOUT", "60", "60"},
    {"WRITERS__BQ__KEEPALIVE", "30", "30"},
    {"WRITERS__BQ__MAX_QUEUE_SIZE", "1000", "1000"},
    {"WRITERS__PUBSUB__TOPIC_ID", "events", "events"},
    {"WRITERS__PUBSUB__SUBSCRIPTION_ID", "events-sub", "events-sub"},
    {"WRITERS__PUBSUB__MAX_HELD_MESSAGES", "50", "50"},
    {"WRITERS__PUBSUB__MAX_HELD_BYTES", "2097152", "2097152"},
    {"WRITERS__PUBSUB__ACK_DEADLINE", "10", "10"},
    {"WRITERS__PUBSUB__CREATE_TOPIC", "true", "true"},
    {"WRITERS__PUBSUB__ORDERING", "user", "user"},
    {"WRITERS__PUBSUB__MAX_BYTES", "2048", "2048"},
    {"WRITERS__PUBSUB__PUBLISH_TIMEOUT", "60.0", "60"},
    {"WRITERS__PUBSUB__MAX_BATCH_SIZE", "300", "300"},
    {"WRITERS__PUBSUB__FLUSH_INTERVAL", "2.5", "2.5"},
    {"LIMITS__ITEMS", "200", "200"},
    {"LIMITS__PARAMS", "25", "25"},
    {"LIMITS__ITEM_PARAMS", "27", "27"},
    {"CORS__ALLOWED_ORIGINS", "[\"https://A.example\", \"https://*.b.example\"]",
     "[\"https://a.example\",\"https://*.b.example\"]"},
    {"CORS__ALLOW_CREDENTIALS", "no", "false"},
    {"CORS__ALLOW_METHODS", "post,,get ,", "[\"POST\",\"GET\"]"},
    {"CORS__ALLOW_HEADERS", "[ ]", "[]"},
    {"COOKIE__NAME", "__session", "__session"},
    {"COOKIE__DOMAIN", ".Shop.Example.co.uk", "shop.example.co.uk"},
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
    prefixed_file += fmt::format("export {}{}\n", prefix, line);
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
  EXPECT_EQ(s.logging.target, LogTarget::kCloud);
  EXPECT_EQ(s.run.host, "127.0.0.1");
  EXPECT_EQ(s.run.port, 0);
  EXPECT_EQ(s.run.threads, 7u);
  EXPECT_EQ(s.run.max_body_bytes, 2048u);
  EXPECT_EQ(s.run.max_events, 20u);
  EXPECT_EQ(s.run.max_head_bytes, 4096u);
  EXPECT_EQ(s.run.max_unfinished_bytes, 1'048'576u);
  EXPECT_EQ(s.limits.decode_ratio, 30u);
  EXPECT_EQ(s.run.max_connections, 10u);
  EXPECT_EQ(s.run.header_timeout, 1500ms);
  EXPECT_EQ(s.run.body_timeout, 2s);
  EXPECT_EQ(s.run.idle_timeout, 75s);
  EXPECT_EQ(s.run.ack_timeout, 250ms);
  EXPECT_EQ(s.run.shutdown, 0s);
  EXPECT_THAT(s.run.trusted_proxies, ElementsAre("private", "203.0.113.7"));
  EXPECT_EQ(s.api.streaming_path(), "/v2/collect");
  EXPECT_EQ(s.api.fetch_path(), "/v2/js");
  EXPECT_EQ(s.api.static_dir, "/");
  EXPECT_THAT(s.ga4.paths, ElementsAre("/x7", "/g/collect"));
  EXPECT_EQ(s.writers.strategy, Strategy::kDiscard);
  EXPECT_EQ(s.writers.ack, Ack::kReceived);
  EXPECT_EQ(s.spool.sync, SpoolSync::kProcess);
  EXPECT_EQ(s.spool.max_bytes, 67'108'864u);
  EXPECT_EQ(s.dead_letters.max_bytes, 2'097'152u);
  EXPECT_EQ(s.writers.data_dir, "/var/lib/real streaming");
  EXPECT_EQ(s.writers.project_id, "demo-1");
  EXPECT_EQ(s.writers.max_queue_bytes, 1'048'576u);
  EXPECT_EQ(s.writers.local.max_batch_size, 100u);
  EXPECT_EQ(s.writers.local.flush_interval, 100ms);
  EXPECT_EQ(s.local.memory_limit, 268'435'456u);
  EXPECT_EQ(s.writers.bq.dataset_id, "analytics_1");
  EXPECT_EQ(s.writers.bq.table_id, "events");
  EXPECT_EQ(s.writers.bq.flush_interval, 1ms);
  EXPECT_EQ(s.writers.bq.max_batch_size, 200u);
  EXPECT_EQ(s.writers.bq.delivery, BigQueryDelivery::kExactlyOnce);
  EXPECT_EQ(s.writers.bq.max_connections, 3u);
  EXPECT_EQ(s.writers.bq.max_request_bytes, 200'000u);
  EXPECT_EQ(s.writers.bq.answer_timeout, 60s);
  EXPECT_EQ(s.writers.bq.keepalive, 30s);
  EXPECT_EQ(s.writers.bq.max_queue_size, 1000u);
  EXPECT_EQ(s.writers.pubsub.topic_id, "events");
  EXPECT_EQ(s.writers.pubsub.subscription_id, "events-sub");
  EXPECT_TRUE(s.writers.pubsub.create_topic);
  EXPECT_EQ(s.writers.pubsub.ordering, PubSubOrdering::kUser);
  EXPECT_EQ(s.writers.pubsub.max_bytes, 2048u);
  EXPECT_EQ(s.writers.pubsub.publish_timeout, 60s);
  EXPECT_EQ(s.writers.pubsub.max_batch_size, 300u);
  EXPECT_EQ(s.writers.pubsub.flush_interval, 2500ms);
  EXPECT_EQ(s.limits.items, 200u);
  EXPECT_EQ(s.limits.params, 25u);
  EXPECT_EQ(s.limits.item_params, 27u);
  EXPECT_THAT(s.cors.allowed_origins, ElementsAre("https://a.example", "https://*.b.example"));
  EXPECT_FALSE(s.cors.allow_credentials);
  EXPECT_THAT(s.cors.allow_methods, ElementsAre("POST", "GET"));
  EXPECT_THAT(s.cors.allow_headers, IsEmpty());
  EXPECT_EQ(s.cookie.name, "__session");
  EXPECT_EQ(s.cookie.domain, "shop.example.co.uk");
  EXPECT_EQ(s.cookie.max_age, 86'400s);
  EXPECT_TRUE(s.cookie.secure);
  EXPECT_FALSE(s.cookie.http_only);
  EXPECT_EQ(s.cookie.same_site, SameSite::kLax);
}

TEST_F(ReadSettings, LowersDefaultBatchesToASmallQueue) {
  const Reading reading = read({"WRITERS__BQ__MAX_QUEUE_SIZE=100"});
  EXPECT_THAT(reading.mistakes, IsEmpty());
  EXPECT_EQ(reading.settings.writers.local.max_batch_size, 100u);
  EXPECT_EQ(reading.settings.writers.bq.max_batch_size, 100u);
  EXPECT_EQ(reading.settings.writers.pubsub.max_batch_size, 100u);
}

TEST_F(ReadSettings, RaisesTheDefaultForUnfinishedRequestsToFourBodies) {
  const Reading reading = read({"RUN__MAX_BODY_BYTES=33554432"});
  EXPECT_THAT(reading.mistakes, IsEmpty());
  EXPECT_EQ(reading.settings.run.max_unfinished_bytes, 134'217'728u);
}

TEST_F(ReadSettings, TrustsTheFrontEndOfCloudRun) {
  EXPECT_THAT(read({"K_SERVICE=collector"}).settings.run.trusted_proxies, ElementsAre("private"));
  EXPECT_EQ(read({"K_SERVICE=collector"}).settings.writers.ack, Ack::kDelivered);
  EXPECT_EQ(read({"K_SERVICE=collector", "WRITERS__ACK=spooled"}).settings.writers.ack,
            Ack::kSpooled);
  EXPECT_THAT(read({"K_SERVICE=collector", "RUN__TRUSTED_PROXIES=[]"}).settings.run.trusted_proxies,
              IsEmpty());
}

}  // namespace
}  // namespace rs::settings
