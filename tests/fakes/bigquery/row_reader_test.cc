// Rows against columns: what fits, what a value must be, and that the fast check and protobuf
// agree.

#include "fakes/bigquery/row_reader.h"

#include <random>

#include <gmock/gmock.h>
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include "base/arena.h"
#include "fakes/bigquery/json.h"
#include "row/decode.h"
#include "row/encode.h"
#include "row/print_schema.h"
#include "row/random_row.h"

namespace rs::fakes {
namespace {

using google::protobuf::DescriptorProto;
using google::protobuf::FieldDescriptorProto;
using testing::HasSubstr;

std::shared_ptr<const TableShape> shape_of(std::string_view fields) {
  auto json = Json::parse(fields);
  auto shape = std::make_shared<TableShape>();
  shape->columns = *read_schema(*json);
  shape->version = 1;
  return shape;
}

DescriptorProto one_field(FieldDescriptorProto::Type type, const std::string& type_name = "") {
  DescriptorProto out;
  out.set_name("Row");
  auto& field = *out.add_field();
  field.set_name("c");
  field.set_number(1);
  field.set_type(type);
  field.set_label(FieldDescriptorProto::LABEL_OPTIONAL);
  if (!type_name.empty()) field.set_type_name(type_name);
  return out;
}

WriteResult<std::shared_ptr<const RowReader>> compile(const DescriptorProto& writer,
                                                      const std::string& type) {
  const std::string fields =
      type == "RANGE" ? R"([{"name":"c","type":"RANGE","rangeElementType":{"type":"DATE"}}])"
                      : R"([{"name":"C","type":")" + type + R"("}])";
  return RowReader::compile(writer, shape_of(fields), "");
}

std::string json_of(const RowReader& reader, std::string_view row) {
  return reader.json(row, DefaultColumns(reader.shape().columns.size()), 0);
}

TEST(RowReader, TakesTheTypesTheServiceTakes) {
  using F = FieldDescriptorProto;
  const std::tuple<const char*, F::Type, bool> cases[] = {
      {"STRING", F::TYPE_STRING, true},   {"STRING", F::TYPE_BYTES, false},
      {"STRING", F::TYPE_INT64, false},   {"INT64", F::TYPE_INT64, true},
      {"INT64", F::TYPE_INT32, true},     {"INT64", F::TYPE_UINT32, true},
      {"INT64", F::TYPE_UINT64, false},   {"INT64", F::TYPE_STRING, false},
      {"FLOAT64", F::TYPE_DOUBLE, true},  {"FLOAT64", F::TYPE_FLOAT, true},
      {"FLOAT64", F::TYPE_INT64, false},  {"BOOL", F::TYPE_BOOL, true},
      {"BOOL", F::TYPE_INT64, true},      {"DATE", F::TYPE_INT32, true},
      {"DATE", F::TYPE_STRING, true},     {"DATE", F::TYPE_DOUBLE, false},
      {"TIMESTAMP", F::TYPE_INT64, true}, {"TIMESTAMP", F::TYPE_STRING, false},
      {"JSON", F::TYPE_STRING, true},     {"JSON", F::TYPE_BYTES, false},
      {"NUMERIC", F::TYPE_STRING, true},  {"NUMERIC", F::TYPE_DOUBLE, true},
      {"DATETIME", F::TYPE_STRING, true}, {"DATETIME", F::TYPE_INT64, true},
      {"BYTES", F::TYPE_BYTES, true},     {"BYTES", F::TYPE_STRING, true},
  };
  for (const auto& [column, type, fits] : cases) {
    const auto reader = compile(one_field(type), column);
    EXPECT_EQ(reader.has_value(), fits) << column << " from " << F::Type_Name(type);
    if (!reader) {
      EXPECT_THAT(reader.error().message,
                  HasSubstr("The proto field mismatched with BigQuery field at C"));
    }
  }
  EXPECT_TRUE(compile(one_field(F::TYPE_MESSAGE, ".google.protobuf.Timestamp"), "TIMESTAMP"));
  EXPECT_TRUE(compile(one_field(F::TYPE_MESSAGE, ".google.protobuf.StringValue"), "STRING"));
  EXPECT_FALSE(compile(one_field(F::TYPE_MESSAGE, ".google.protobuf.StringValue"), "INT64"));
}

TEST(RowReader, RefusesASchemaThatIsNotWhole) {
  const auto reader = compile(one_field(FieldDescriptorProto::TYPE_MESSAGE, ".Composer"), "STRING");
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().message,
            "Invalid proto schema: BqMessage.proto: Row.c: \".Composer\" is not defined.");
  auto repeated = one_field(FieldDescriptorProto::TYPE_STRING);
  repeated.mutable_field(0)->set_label(FieldDescriptorProto::LABEL_REPEATED);
  EXPECT_FALSE(compile(repeated, "STRING"));
}

// Field 1 with a varint, or with bytes.
std::string varint(std::uint64_t value) {
  std::string out = "\x08";
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7f) | 0x80);
  return out += static_cast<char>(value);
}
std::string bytes(std::string_view value) {
  return std::string("\x0a") + static_cast<char>(value.size()) + std::string(value);
}

TEST(RowReader, KnowsWhatMayStandInAColumn) {
  using F = FieldDescriptorProto;
  struct Case {
    const char* column;
    F::Type type;
    std::string row;
    const char* json;  // Or what is wrong.
  };
  const Case cases[] = {
      {"INT64", F::TYPE_INT64, varint(static_cast<std::uint64_t>(INT64_MIN)),
       R"({"C":-9223372036854775808})"},
      {"BOOL", F::TYPE_BOOL, varint(1), R"({"C":true})"},
      {"DATE", F::TYPE_INT32, varint(20468), R"({"C":"2026-01-15"})"},
      {"DATE", F::TYPE_INT32, varint(static_cast<std::uint64_t>(-719162)), R"({"C":"0001-01-01"})"},
      {"DATE", F::TYPE_INT32, varint(2932896), R"({"C":"9999-12-31"})"},
      {"DATE", F::TYPE_INT32, varint(2932897), "Date is out of range"},
      {"DATE", F::TYPE_STRING, bytes("2026-01-15"), R"({"C":"2026-01-15"})"},
      {"DATE", F::TYPE_STRING, bytes("15.1.2026"), "Invalid date"},
      {"TIMESTAMP", F::TYPE_INT64, varint(1768473045123456),
       R"({"C":"2026-01-15T10:30:45.123456Z"})"},
      {"TIMESTAMP", F::TYPE_INT64, varint(253402300800000000), "Timestamp is out of range"},
      {"DATETIME", F::TYPE_INT64,
       varint(((((((2026ull << 4 | 1) << 5 | 15) << 5 | 10) << 6 | 30) << 6 | 45) << 20) | 5),
       R"({"C":"2026-01-15T10:30:45.000005"})"},
      {"JSON", F::TYPE_STRING, bytes(R"({"a":[1]})"), R"({"C":{"a":[1]}})"},
      {"JSON", F::TYPE_STRING, bytes("{a:1}"), "Value is not valid JSON"},
      {"NUMERIC", F::TYPE_STRING, bytes("12.50"), R"({"C":"12.50"})"},
      {"NUMERIC", F::TYPE_STRING, bytes("0.1234567891"), "Invalid NUMERIC value"},
      {"STRING", F::TYPE_STRING, bytes("a\"b"), R"({"C":"a\"b"})"},
      {"STRING", F::TYPE_STRING, bytes(""), R"({"C":""})"},
      {"STRING", F::TYPE_STRING, "", "{}"},
      {"STRING", F::TYPE_STRING, bytes("\xc3"), "String is not valid UTF-8"},
      {"STRING", F::TYPE_STRING,
       "\x0a\x05"
       "ab",
       "not a valid message"},
      {"STRING", F::TYPE_STRING, varint(1), "not a valid message"},
      {"STRING", F::TYPE_STRING,
       "\x12\x01"
       "a",
       "field number 2, which the writer schema has not"},
      {"BYTES", F::TYPE_BYTES, bytes("hi"), R"({"C":"aGk="})"},
  };
  for (const Case& c : cases) {
    const auto reader = compile(one_field(c.type), c.column);
    ASSERT_TRUE(reader) << c.column;
    const std::string problem = (*reader)->check(c.row, nullptr);
    if (*c.json == '{') {
      EXPECT_EQ(problem, "") << c.column << c.json;
      EXPECT_EQ(json_of(**reader, c.row), c.json);
    } else {
      EXPECT_THAT(problem, HasSubstr(c.json)) << c.column;
    }
  }
}

TEST(RowReader, WantsRequiredFieldsInEveryRecord) {
  const auto shape = shape_of(R"([{"name":"items","type":"RECORD","mode":"REPEATED","fields":[
      {"name":"sku","type":"STRING","mode":"REQUIRED"},{"name":"q","type":"INT64"}]}])");
  DescriptorProto writer;
  writer.set_name("Row");
  auto& items = *writer.add_field();
  items.set_name("items");
  items.set_number(1);
  items.set_type(FieldDescriptorProto::TYPE_MESSAGE);
  items.set_type_name("Item");
  items.set_label(FieldDescriptorProto::LABEL_REPEATED);
  *writer.add_nested_type() = one_field(FieldDescriptorProto::TYPE_STRING);
  writer.mutable_nested_type(0)->set_name("Item");
  writer.mutable_nested_type(0)->mutable_field(0)->set_name("sku");
  const auto reader = RowReader::compile(writer, shape, "");
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ((*reader)->check(bytes(bytes("x")) + bytes(bytes("y")), nullptr), "");
  EXPECT_EQ((*reader)->check(bytes(bytes("x")) + bytes(""), nullptr),
            "Field items.sku is required");
  EXPECT_EQ(json_of(**reader, bytes(bytes("x")) + bytes(bytes("y"))),
            R"({"items":[{"sku":"x"},{"sku":"y"}]})");
}

// Our own row: the writer's schema as a DescriptorProto, the table as print-schema has it.
std::shared_ptr<const RowReader> row_reader() {
  DescriptorProto writer;
  const auto* file = real_streaming::Row::descriptor()->file();
  real_streaming::Row::descriptor()->CopyTo(&writer);
  for (int i = 0; i < file->message_type_count(); ++i) {
    if (file->message_type(i) == real_streaming::Row::descriptor()) continue;
    file->message_type(i)->CopyTo(writer.add_nested_type());
  }
  const std::function<void(DescriptorProto&)> make_relative = [&](DescriptorProto& message) {
    for (auto& field : *message.mutable_field()) {
      field.clear_options();
      if (field.has_type_name())
        field.set_type_name(field.type_name().substr(sizeof(".real_streaming.") - 1));
    }
    for (auto& nested : *message.mutable_nested_type()) make_relative(nested);
  };
  make_relative(writer);
  auto shape = std::make_shared<TableShape>();
  auto fields = Json::parse(row::print_schema(row::SchemaFormat::kBigQuery));
  shape->columns = *read_schema(*fields);
  auto reader = RowReader::compile(writer, shape, "event_id");
  EXPECT_TRUE(reader) << (reader ? "" : reader.error().message);
  return reader ? *std::move(reader) : nullptr;
}

TEST(RowReader, ReadsWhatOurEncoderWrites) {
  const auto reader = row_reader();
  ASSERT_NE(reader, nullptr);
  std::mt19937_64 random(7);
  row::Encoder encoder;
  for (int i = 0; i < 500; ++i) {
    real_streaming::Row message;
    row::RandomRowSettings settings;
    settings.filled = 0.2 + 0.001 * i;
    row::fill(message, settings, random);
    Arena arena;
    const std::string_view encoded = encoder.encode(row::view(message, arena));
    std::string expected;
    ASSERT_TRUE(row::append_json(expected, encoded));
    if (const std::string problem = reader->check(encoded, nullptr); problem.empty()) {
      ASSERT_EQ(json_of(*reader, encoded), expected);
    } else {  // A random date or JSON that no table takes; the bytes themselves are sound.
      ASSERT_THAT(problem, testing::Not(HasSubstr("not a valid message")));
    }
  }
}

TEST(RowReader, RefusesBytesThatProtobufRefuses) {
  const auto reader = row_reader();
  ASSERT_NE(reader, nullptr);
  std::mt19937_64 random(8);
  int refused = 0;
  const google::protobuf::LogSilencer silencer;  // It reports each text that is not UTF-8.
  for (int i = 0; i < 2000; ++i) {
    real_streaming::Row message;
    row::RandomRowSettings settings;
    settings.filled = 0.1;
    row::fill(message, settings, random);
    std::string bytes = message.SerializeAsString();
    if (bytes.empty()) continue;
    bytes[random() % bytes.size()] = static_cast<char>(random());
    if (random() % 2 == 0) bytes.resize(random() % bytes.size());
    const bool sound = real_streaming::Row().ParsePartialFromString(bytes);
    const bool taken = reader->check(bytes, nullptr).empty();
    refused += taken ? 0 : 1;
    ASSERT_TRUE(sound || !taken);
  }
  EXPECT_GT(refused, 200);
}

}  // namespace
}  // namespace rs::fakes
