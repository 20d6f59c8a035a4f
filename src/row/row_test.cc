#include "row/row.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "row/columns.h"
#include "row/encode.h"

namespace rs::row {
namespace {

TEST(Field, IsFoundByItsNameAndSetsItsMember) {
  Device device;
  const Field<Device>* category = find_field<Device>("category");
  ASSERT_NE(category, nullptr);
  EXPECT_EQ(category->name(), "category");
  ASSERT_EQ(category->kind(), FieldKind::kString);
  category->set_string(device, "mobile");
  EXPECT_EQ(device.category, "mobile");
  EXPECT_EQ(device.language, std::nullopt);

  Item item;
  find_field<Item>("price")->set_double(item, 99.99);
  find_field<Item>("quantity")->set_int64(item, 3);
  find_field<Device>("is_bot")->set_bool(device, false);
  EXPECT_EQ(item.price, 99.99);
  EXPECT_EQ(item.quantity, 3);
  EXPECT_EQ(device.is_bot, false);
}

TEST(Field, IsNotFoundWhenTheNameIsOfNoScalar) {
  for (const char* name : {"", "Category", "categorx", "web_info", "category "}) {
    EXPECT_EQ(find_field<Device>(name), nullptr) << name;
  }
  EXPECT_EQ(find_field<Row>("items"), nullptr);
  EXPECT_EQ(find_field<Row>("date"), nullptr);
}

TEST(Row, CanBeWrittenWithDesignatedInitializers) {
  const EventParam param{.key = "value", .value = ParamValue{.double_value = 1.5}};
  EXPECT_EQ(param.value->double_value, 1.5);
}

}  // namespace
}  // namespace rs::row
