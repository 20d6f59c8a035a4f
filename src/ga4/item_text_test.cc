#include "ga4/item_text.h"

#include <string>

#include <gtest/gtest.h>

#include "ga4/item_defaults.h"
#include "ga4/item_numbers.h"

namespace rs::ga4 {
namespace {

// An item as text: what is set, in the order of the columns.
std::string shown(const row::Item& item) {
  std::string out;
  const auto text = [&](const char* name, const std::optional<std::string_view>& value) {
    if (value) out.append(name).append("=").append(*value).append("|");
  };
  const auto number = [&](const char* name, const auto& value) {
    if (value) out.append(name).append("=").append(std::to_string(*value)).append("|");
  };
  text("id", item.item_id);
  text("name", item.item_name);
  text("brand", item.item_brand);
  text("variant", item.item_variant);
  text("category", item.item_category);
  text("category5", item.item_category5);
  number("price", item.price);
  number("quantity", item.quantity);
  text("coupon", item.coupon);
  text("list_index", item.item_list_index);
  number("index", item.index);
  number("discount", item.discount);
  for (const auto& param : item.item_params)
    text(std::string(*param.key).c_str(), param.value->string_value);
  return out;
}

struct Read {
  bool is_item;
  std::string item;
  ItemNotes notes;
};

Read read(std::string_view text) {
  Arena arena;
  row::Item item;
  Read out{};
  out.is_item = read_item_text(text, arena, item, out.notes);
  out.item = shown(item);
  return out;
}

TEST(ItemText, IsReadTokenByToken) {
  const struct {
    std::string_view text, item;
  } cases[] = {
      {"idSKU_1~nmTee~brGoogle~pr10.01~qt3",
       "id=SKU_1|name=Tee|brand=Google|price=10.010000|quantity=3|"},
      {"ds0~lp0", "list_index=0|index=0|discount=0.000000|"},
      {"lpfirst", "list_index=first|"},
      {"vagreen~v0red~k0color", "variant=green~v0red|"},  // A value before its name is text.
      {"k0color~v0red~k1size~v142", "color=red|size=42|"},
      {"k0buyable~v01", "buyable=1|"},
      {"kAwide~vAx~kQlast~vQy", "wide=x|last=y|"},
      {"kRbeyond~vRx~idA", "id=A|"},  // Not an index, and nothing before it to belong to.
      {"idA~k0c~v0ARS~c5ARS 1.00~lp2", "id=A|category5=ARS 1.00|list_index=2|index=2|c=ARS|"},
      {"k0b~k1a~v1y~v0x", "b=x|a=y|"},  // In the order of the names.
      {"k0a~v0x~k1a~v1y", "a=y|"},      // A key appears once.
      {"c2101 luminaires~c310 lighting~caLamps", "category=Lamps|"},
  };
  for (const auto& [text, item] : cases) {
    const auto out = read(text);
    EXPECT_TRUE(out.is_item) << text;
    EXPECT_EQ(out.item, item) << text;
  }
}

TEST(ItemText, KeepsEveryTildeOfAValue) {
  const struct {
    std::string_view text, item;
  } cases[] = {
      {"idA~nmTee~~Shirt ~~~~ x~pr10", "id=A|name=Tee~Shirt ~~ x|price=10.000000|"},
      {"id~~x~nm~~~~~pr1.5~qt2", "id=~x|name=~~|price=1.500000|quantity=2|"},
      {"idA~~~nmB", "id=A~|name=B|"},
      {"idA~B~nmTee", "id=A~B|name=Tee|"},  // Not doubled by d8a, ga4mp.
      {"idA~B~C~~D", "id=A~B~C~D|"},
      {"idA~nmTee~idB", "id=A|name=Tee~idB|"},  // A repeated key is text.
      {"nmA~x", "name=A~x|"},
      {"nmA~", "name=A~|"},
      {"nmA~~", "name=A~|"},
      {"nmA~q~~~z", "name=A~q~~z|"},
      {"k0note~v0a~~b", "note=a~b|"},
      {"idS~1~cpSUMMER~25", "id=S~1|coupon=SUMMER~25|"},
  };
  for (const auto& [text, item] : cases) EXPECT_EQ(read(text).item, item) << text;
}

TEST(ItemText, WithoutAKeyIsNotAnItem) {
  for (const char* text : {"", "~", "~~", "x", "id1"}) {
    EXPECT_EQ(read(text).is_item, text == std::string_view("id1")) << text;
  }
  EXPECT_FALSE(read("https").is_item);
  EXPECT_EQ(read("~~idA").item, "");
}

TEST(ItemText, KeepsNumbersThatNoColumnHoldsAndDropsHalfAParameter) {
  const auto out = read("idA~prfree~qtmany~dsNaN~k0~v0x~k1alone~lpfirst");
  EXPECT_EQ(out.item, "id=A|list_index=first|price=free|quantity=many|discount=NaN|");
  EXPECT_EQ(out.notes.kept, 3u);
  EXPECT_EQ(out.notes.dropped, 2u);
  EXPECT_EQ(read("prfree~k0price~v0own").item, "price=own|");
}

TEST(ItemText, RoundsAFractionOfAPieceAndKeepsIt) {
  const struct {
    const char* text;
    std::int64_t quantity;
    double exact;
  } cases[] = {{"qt1.85", 2, 1.85}, {"qt0.2", 1, 0.2}, {"qt-0.2", -1, -0.2}};
  for (const auto& [text, quantity, exact] : cases) {
    Arena arena;
    row::Item item;
    ItemNotes notes;
    ASSERT_TRUE(read_item_text(text, arena, item, notes));
    EXPECT_EQ(item.quantity, quantity);
    ASSERT_EQ(item.item_params.size(), 1u);
    EXPECT_EQ(item.item_params[0].key, "quantity");
    EXPECT_EQ(item.item_params[0].value->double_value, exact);
    EXPECT_EQ(exact_quantities({&item, 1}, arena)[0], exact);
  }
  EXPECT_EQ(read("qt1e300").notes.kept, 1u);
  EXPECT_EQ(read("qt0").item, "quantity=0|");
}

TEST(ItemDefaults, ComeFromTheEventWhereTheItemSaysNothing) {
  row::EventParam params[2];
  params[0].key = "promotion_name";
  params[0].value.emplace().string_value = "Sale";
  params[1].key = "item_list_id";
  params[1].value.emplace().string_value = "related";
  row::Item items[2];
  items[1].item_list_id = "own";
  add_item_defaults(params, items);
  EXPECT_EQ(items[0].promotion_name, "Sale");
  EXPECT_EQ(items[0].item_list_id, "related");
  EXPECT_EQ(items[1].item_list_id, "own");
}

}  // namespace
}  // namespace rs::ga4
