// The writer schema: what BigQuery asks of one (bigquery.md 1.8), and case 59: random rows through
// our encoder, the descriptor and the fake's decoder come out as they went in.
#include "bigquery/descriptor.h"

#include <ctime>
#include <random>
#include <set>
#include <string>

#include <event.pb.h>
#include <google/cloud/bigquery/storage/v1/protobuf.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <gtest/gtest.h>

#include "base/arena.h"
#include "direct/direct_run.h"
#include "row/columns.h"
#include "row/decode.h"
#include "row/encode.h"
#include "row/random_row.h"

namespace rs::direct {
namespace {

::google::protobuf::DescriptorProto descriptor() {
  ::google::cloud::bigquery::storage::v1::ProtoSchema schema;
  EXPECT_TRUE(schema.ParseFromString(bigquery::bigquery_writer_schema()));
  return schema.proto_descriptor();
}

void expect_fits(const ::google::protobuf::Descriptor& message,
                 std::span<const row::Column> columns) {
  ASSERT_EQ(static_cast<std::size_t>(message.field_count()), columns.size());
  for (const auto& column : columns) {
    const auto* field = message.FindFieldByName(std::string(column.name));
    ASSERT_NE(field, nullptr) << column.name;
    EXPECT_EQ(static_cast<std::uint32_t>(field->number()), column.number);
    EXPECT_EQ(field->is_repeated(), column.mode == row::Mode::kRepeated);
    EXPECT_FALSE(field->is_required());
    if (column.type == row::ColumnType::kRecord) {
      ASSERT_NE(field->message_type(), nullptr);
      expect_fits(*field->message_type(), column.children);
    }
  }
}

TEST(WriterSchema, IsOneSelfContainedMessageWithOurColumns) {
  ::google::protobuf::FileDescriptorProto file;
  file.set_name("row.proto");
  file.set_syntax("proto2");
  *file.add_message_type() = descriptor();
  ::google::protobuf::DescriptorPool pool;  // Empty: nothing outside can be meant.
  const auto* built = pool.BuildFile(file);
  ASSERT_NE(built, nullptr);
  expect_fits(*built->message_type(0), row::columns());
}

void expect_relative_names(const ::google::protobuf::DescriptorProto& message) {
  std::set<std::string> nested;
  for (const auto& each : message.nested_type()) {
    EXPECT_TRUE(nested.insert(each.name()).second) << each.name();
    expect_relative_names(each);
  }
  EXPECT_EQ(message.oneof_decl_size(), 0);
  for (const auto& field : message.field()) {
    if (field.has_type_name()) {
      EXPECT_EQ(nested.count(field.type_name()), 1U) << field.type_name();
    }
  }
}

TEST(WriterSchema, NamesItsTypesWithoutALeadingDot) {
  expect_relative_names(descriptor());
}

// The service takes partitions of ten years past to one year ahead, timestamps of the years 1 to
// 9999, and texts that are JSON where a column is.
void keep_within_the_service(real_streaming::Row& message) {
  const std::int64_t now = std::time(nullptr);
  if (message.has_date()) message.set_date(static_cast<std::int32_t>(now / 86'400));
  constexpr std::int64_t kRange = std::int64_t{1} << 55;
  if (message.has_synced_at_utc_()) message.set_synced_at_utc_(message.synced_at_utc_() % kRange);
  if (message.has_publish_time()) message.set_publish_time(message.publish_time() % kRange);
  if (message.has_attributes()) message.set_attributes(R"({"a":[1,null,"b"]})");
}

TEST(WriterSchema, Case59RandomRowsComeOutAsTheyWentIn) {
  constexpr std::size_t kRows = 300;
  std::mt19937_64 random(20'261'122);
  DirectRun run({.fake = [](auto& fake) {
    fake.keep = fakes::KeptRows::kAll;
    fake.bad_row_marker.clear();
  }});
  std::multiset<std::string> expected;
  for (std::size_t i = 0; i < kRows; ++i) {
    real_streaming::Row message;
    row::fill(message, {.filled = 0.4, .table_types = true, .long_texts = i % 10 == 0}, random);
    keep_within_the_service(message);
    Arena arena;
    row::Encoder encoder;
    const std::string encoded(encoder.encode(row::view(message, arena)));
    std::string json;
    ASSERT_TRUE(row::append_json(json, encoded));
    expected.insert(json);
    ASSERT_EQ(run.delivery().accept(row::one_row(encoded), {}), delivery::Accepted::kHeld);
  }
  ASSERT_TRUE(run.settle()) << run.stats().trouble;
  const auto dead = run.dead_letters();
  ASSERT_TRUE(dead.empty()) << dead.begin()->second;
  const auto rows = run.fake().rows(run.table());
  ASSERT_EQ(rows.size(), kRows);
  EXPECT_EQ(std::multiset<std::string>(rows.begin(), rows.end()), expected);
}

}  // namespace
}  // namespace rs::direct
