#include "row/encode.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "row/random_row.h"

namespace rs::row {
namespace {

TEST(Encoder, WritesWhatProtobufWrites) {
  std::mt19937_64 random(1);
  Encoder encoder;
  Arena arena;
  for (const double filled : {0.0, 0.05, 0.3, 0.7, 1.0}) {
    for (int i = 0; i < 200; ++i) {
      real_streaming::Row message;
      fill(message, {.filled = filled}, random);
      arena.clear();
      const Row row = view(message, arena);
      const std::string expected = message.SerializePartialAsString();
      ASSERT_EQ(encoder.encode(row) == expected, true)
          << "row " << i << " filled " << filled << ", " << expected.size() << " bytes";
    }
  }
}

TEST(Encoder, GrowsWithinANestedMessageWithoutLosingItsPlace) {
  // Texts around the size of the first buffer, at every depth.
  for (std::size_t size = 3'900; size < 4'300; ++size) {
    const std::string text(size, 'x');
    const EventParam param{.key = text,
                           .value = ParamValue{.string_value = text, .double_value = 2.5}};
    const Item item{.item_id = "a", .item_params = {&param, 1}, .index = -1};
    const Row row{.event_params = {&param, 1}, .items = {&item, 1}, .date = -1};

    real_streaming::Row message;
    const auto set = [&](real_streaming::EventParam& one) {
      one.set_key(text);
      one.mutable_value()->set_string_value(text);
      one.mutable_value()->set_double_value(2.5);
    };
    set(*message.add_event_params());
    auto& goods = *message.add_items();
    goods.set_item_id("a");
    set(*goods.add_item_params());
    goods.set_index(-1);
    message.set_date(-1);

    Encoder encoder;
    ASSERT_EQ(encoder.encode(row) == message.SerializeAsString(), true) << size;
  }
}

TEST(Encoder, WritesOfLengthsAroundEachVarintStep) {
  Encoder encoder;
  for (const std::size_t size :
       {126U, 127U, 128U, 129U, 16'380U, 16'383U, 16'384U, 2'097'151U, 2'097'152U}) {
    const std::string text(size, 'x');
    for (std::size_t less = 0; less < 6; ++less) {
      const std::string city = text.substr(less);
      const Row row{.geo = Geo{.city = city}};
      real_streaming::Row message;
      message.mutable_geo()->set_city(city);
      ASSERT_EQ(encoder.encode(row) == message.SerializeAsString(), true) << city.size();
    }
  }
}

TEST(Encoder, TellsAnEmptyValueFromNone) {
  Encoder encoder;
  EXPECT_EQ(encoder.encode(Row{}), "");
  EXPECT_EQ(encoder.encode(Row{.event_name = std::string_view{}}), std::string_view("\x1a\0", 2));
  EXPECT_EQ(encoder.encode(Row{.event_timestamp = 0}), std::string_view("\x10\0", 2));
  EXPECT_EQ(encoder.encode(Row{.geo = Geo{}}), std::string_view("\x82\x01\0", 3));
  EXPECT_EQ(encoder.encode(Row{.is_active_user = false}), std::string_view("\xc8\x01\0", 3));
}

TEST(Encoder, KeepsItsMemory) {
  Encoder encoder;
  const std::string text(10'000, 'x');
  const char* first = encoder.encode(Row{.event_name = text}).data();
  EXPECT_EQ(encoder.encode(Row{.event_name = text}).data(), first);
}

}  // namespace
}  // namespace rs::row
