#include "pages/openapi.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "pages/column_schema.h"
#include "pages/routes.h"
#include "row/columns.h"

namespace rs::pages {
namespace {

namespace dom = simdjson::dom;

class OpenApi : public testing::Test {
 protected:
  explicit OpenApi(Paths paths = {}) : paths_(std::move(paths)), text_(openapi(paths_, "1.2.3")) {}

  void SetUp() override { ASSERT_EQ(parser_.parse(text_).get(document_), simdjson::SUCCESS); }

  [[nodiscard]] dom::element at(std::string_view pointer) const {
    dom::element found;
    EXPECT_EQ(document_.at_pointer(pointer).get(found), simdjson::SUCCESS) << pointer;
    return found;
  }
  [[nodiscard]] bool has(std::string_view pointer) const {
    return document_.at_pointer(pointer).error() == simdjson::SUCCESS;
  }
  [[nodiscard]] dom::object object_at(std::string_view pointer) const {
    return at(pointer).get_object().value();
  }
  [[nodiscard]] std::string_view string_at(std::string_view pointer) const {
    return at(pointer).get_string().value();
  }

  // Calls visit(key, value) for every member of every object below `element`.
  template <class Visit>
  static void walk(dom::element element, const Visit& visit) {
    if (element.is_array()) {
      const dom::array array = element.get_array().value();
      for (const dom::element child : array) walk(child, visit);
    } else if (element.is_object()) {
      const dom::object object = element.get_object().value();
      for (const auto [key, value] : object) {
        visit(key, value);
        walk(value, visit);
      }
    }
  }

  Paths paths_;
  std::string text_;
  dom::parser parser_;
  dom::element document_;
};

std::set<std::string> names_of(dom::element element) {
  std::set<std::string> names;
  const dom::object object = element.get_object().value();
  for (const auto [key, value] : object) names.emplace(key);
  return names;
}

std::set<std::string> names_of(std::span<const row::Column> columns) {
  std::set<std::string> names;
  for (const row::Column& column : columns) names.emplace(column.name);
  return names;
}

std::span<const row::Column> children_of(std::string_view record) {
  for (const row::Column& column : row::columns()) {
    if (column.name == record) return column.children;
  }
  return {};
}

TEST_F(OpenApi, SaysWhatItIs) {
  EXPECT_EQ(string_at("/openapi"), "3.1.0");
  EXPECT_EQ(string_at("/info/version"), "1.2.3");
  EXPECT_EQ(text_.find("{{"), std::string::npos) << "a placeholder was left";
}

TEST_F(OpenApi, DocumentsEveryRouteOfTheApiAndNoOther) {
  std::set<std::string> expected;
  for (const Route& route : routes(paths_)) {
    if (!route.documented) continue;
    expected.insert((route.method == http::Method::kPost ? "post " : "get ") + route.path);
  }
  std::set<std::string> documented;
  const dom::object paths = object_at("/paths");
  for (const auto [path, item] : paths) {
    const dom::object operations = item.get_object().value();
    for (const auto [method, operation] : operations) {
      documented.insert(std::string(method) + " " + std::string(path));
    }
  }
  EXPECT_EQ(documented, expected);
}

TEST_F(OpenApi, ResolvesEveryReference) {
  int references = 0;
  walk(document_, [&](std::string_view key, dom::element value) {
    if (key != "$ref") return;
    ++references;
    const std::string_view target = value.get_string().value();
    ASSERT_EQ(target.substr(0, 2), "#/") << target;
    EXPECT_TRUE(has(target.substr(1))) << target;
  });
  EXPECT_GT(references, 20);
}

TEST_F(OpenApi, UsesEveryComponentButTheRow) {
  std::set<std::string> unused;
  const dom::object all = object_at("/components");
  for (const auto [kind, components] : all) {
    for (const std::string& name : names_of(components)) {
      unused.insert("#/components/" + std::string(kind) + "/" + name);
    }
  }
  walk(document_, [&](std::string_view key, dom::element value) {
    if (key == "$ref") unused.erase(std::string(value.get_string().value()));
  });
  EXPECT_EQ(unused, std::set<std::string>{"#/components/schemas/Row"});
}

TEST_F(OpenApi, GivesEveryOperationAnIdATagAndDescribedAnswers) {
  std::set<std::string> ids;
  const dom::object paths = object_at("/paths");
  for (const auto [path, item] : paths) {
    const dom::object operations = item.get_object().value();
    for (const auto [method, operation] : operations) {
      EXPECT_TRUE(ids.emplace(operation["operationId"].get_string().value()).second) << path;
      EXPECT_EQ(operation["tags"].get_array().value().size(), 1U) << path;
      const dom::object responses = operation["responses"].get_object().value();
      for (const auto [status, answer] : responses) {
        EXPECT_TRUE(answer["description"].is_string() || answer["$ref"].is_string())
            << path << ' ' << status;
      }
    }
  }
}

TEST_F(OpenApi, NamesEveryStatusTheCollectorGives) {
  const auto responses = at("/paths/~1api~1v1~1streaming~1{stream_id}/post/responses");
  EXPECT_EQ(names_of(responses),
            (std::set<std::string>{"200", "400", "408", "411", "413", "415", "422", "429", "503"}));
}

TEST_F(OpenApi, TakesRequestFieldsFromTheRowsColumns) {
  const auto properties = [this](std::string_view schema) {
    return names_of(at("/components/schemas/" + std::string(schema) + "/properties"));
  };
  ASSERT_GT(children_of("ecommerce").size(), 20U);
  EXPECT_EQ(properties("AppInfo"), names_of(children_of("app_info")));
  EXPECT_EQ(properties("Ecommerce"), names_of(children_of("ecommerce")));
  EXPECT_EQ(properties("Item"), names_of(children_of("items")));
  EXPECT_EQ(names_of(at("/components/schemas/UserPropertyValue/allOf/1/properties")),
            std::set<std::string>{"set_timestamp_micros"});
  EXPECT_EQ(properties("Row"), names_of(row::columns()));
  EXPECT_EQ(string_at("/components/schemas/Item/properties/item_params/items/$ref"),
            "#/components/schemas/Parameter");
}

TEST_F(OpenApi, RequiresOnlyTheEventName) {
  const auto required = at("/components/schemas/Event/required").get_array().value();
  ASSERT_EQ(required.size(), 1U);
  EXPECT_EQ(required.at(0).get_string().value(), "event_name");
}

TEST_F(OpenApi, HasExamplesWhoseFieldsAreInTheSchema) {
  const dom::object examples = object_at(
      "/paths/~1api~1v1~1streaming~1{stream_id}/post/requestBody/content/application~1json/"
      "examples");
  const auto event = names_of(at("/components/schemas/Event/properties"));
  const auto check = [&](dom::element object, const std::set<std::string>& known) {
    for (const std::string& name : names_of(object)) EXPECT_TRUE(known.contains(name)) << name;
  };
  int count = 0;
  for (const auto [name, example] : examples) {
    ++count;
    const dom::element value = example["value"].value();
    if (dom::array list; value.get(list) == simdjson::SUCCESS) {
      for (const auto element : list) check(element, event);
      continue;
    }
    check(value, event);
    dom::element part;
    if (value["ecommerce"].get(part) == simdjson::SUCCESS) {
      check(part, names_of(children_of("ecommerce")));
    }
    if (value["items"].get(part) == simdjson::SUCCESS) {
      check(part.get_array().value().at(0).value(), names_of(children_of("items")));
    }
  }
  EXPECT_EQ(count, 4);
}

class OpenApiWithOtherPaths : public OpenApi {
 protected:
  OpenApiWithOtherPaths() : OpenApi({"/a", "/b", "/c", "/d"}) {}
};

TEST_F(OpenApiWithOtherPaths, FollowsTheSettings) {
  EXPECT_TRUE(has("/paths/~1a~1b~1c~1{stream_id}/post"));
  EXPECT_TRUE(has("/paths/~1a~1b~1d~1v6.js/get"));
  EXPECT_EQ(text_.find("/api/v1"), std::string::npos);
}

TEST(ColumnSchema, SaysTypeModeAndNesting) {
  using row::Column, row::ColumnType, row::Mode;
  const Column inner[] = {{"day", "A day.", ColumnType::kDate, Mode::kNullable, 1, {}, {}},
                          {"any", "Any.", ColumnType::kJson, Mode::kNullable, 2, {}, {}}};
  const Column columns[] = {
      {"tags", "Say \"hi\".", ColumnType::kString, Mode::kRepeated, 1, {}, {}},
      {"one", "One.", ColumnType::kRecord, Mode::kNullable, 2, "Inner", inner},
      {"params", "Many.", ColumnType::kRecord, Mode::kRepeated, 3, "EventParam", inner}};
  EXPECT_EQ(
      properties_schema(columns, SchemaFor::kRequest),
      R"({"tags":{"description":"Say \"hi\".","type":["array","null"],"items":{"type":["string","null"]}},)"
      R"("one":{"description":"One.","type":["object","null"],"properties":{)"
      R"("day":{"description":"A day.","type":["string","null"],"format":"date"},)"
      R"("any":{"description":"Any JSON value."}}},)"
      R"("params":{"description":"Many.","type":["array","null"],)"
      R"("items":{"$ref":"#/components/schemas/Parameter"}}})");
}

}  // namespace
}  // namespace rs::pages
