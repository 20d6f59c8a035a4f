// What REST's rules make of datasets and tables.

#include "fakes/bigquery/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rs::fakes {
namespace {

using testing::HasSubstr;

const TableName kName{"p", "d", "t"};

Json json(std::string_view text) {
  auto parsed = Json::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *std::move(parsed) : Json{};
}

struct WithTable : testing::Test {
  WithTable() {
    EXPECT_TRUE(catalog.insert_dataset(
        "p", json(R"({"datasetReference":{"datasetId":"d"},"location":"EU"})")));
    made = *catalog.insert_table("p", "d",
                                 json(R"({"tableReference":{"tableId":"t"},"description":"raw",
        "schema":{"fields":[{"name":"id","type":"STRING","mode":"REQUIRED","description":"the id"},
                            {"name":"day","type":"DATE"},
                            {"name":"r","type":"STRUCT","fields":[{"name":"x","type":"INT64"}]}]},
        "timePartitioning":{"type":"DAY","field":"day"},"clustering":{"fields":["id"]}})"));
  }
  ApiResult<Json> patch_fields(std::string_view fields, std::string_view if_match = "") {
    Json body;
    body["schema"]["fields"] = json(fields);
    return catalog.patch_table(kName, body, if_match);
  }
  Catalog catalog{0};
  Json made;
};

TEST_F(WithTable, KeepsWhatATableWasMadeWithAndAnswersWithTheServersTypeNames) {
  const Json table = *catalog.get_table(kName);
  EXPECT_EQ(table.text("description"), "raw");
  EXPECT_EQ(table.text("location"), "EU");
  EXPECT_EQ(table.text("numRows"), "0");
  EXPECT_EQ(table.find("timePartitioning")->print(), R"({"type":"DAY","field":"day"})");
  EXPECT_EQ(table.find("clustering")->print(), R"({"fields":["id"]})");
  EXPECT_EQ(
      table.find("schema")->print(),
      R"({"fields":[{"name":"id","type":"STRING","mode":"REQUIRED","description":"the id"},)"
      R"({"name":"day","type":"DATE","mode":"NULLABLE"},)"
      R"({"name":"r","type":"RECORD","fields":[{"name":"x","type":"INTEGER","mode":"NULLABLE"}],"mode":"NULLABLE"}]})");
}

TEST_F(WithTable, RefusesWhatIsThereAlreadyAndWhatIsNot) {
  EXPECT_EQ(
      catalog.insert_table("p", "d", json(R"({"tableReference":{"tableId":"t"}})")).error().status,
      409);
  EXPECT_EQ(catalog.insert_table("p", "none", json(R"({"tableReference":{"tableId":"t"}})"))
                .error()
                .status,
            404);
  EXPECT_EQ(catalog.get_table({"p", "d", "none"}).error().message, "Not found: Table p:d.none");
  EXPECT_EQ(catalog.get_table({"p", "none", "t"}).error().message, "Not found: Dataset p:none");
  EXPECT_EQ(
      catalog.insert_dataset("p", json(R"({"datasetReference":{"datasetId":"d"}})")).error().status,
      409);
}

TEST_F(WithTable, TakesAPatchOnlyWithTheLatestEtag) {
  const std::string etag(made.text("etag"));
  const Json patched = *catalog.patch_table(kName, json(R"({"description":"new"})"), etag);
  EXPECT_NE(patched.text("etag"), etag);
  EXPECT_EQ(patched.text("description"), "new");
  EXPECT_EQ(catalog.patch_table(kName, json("{}"), etag).error().status, 412);
  EXPECT_TRUE(catalog.patch_table(kName, json("{}"), "*"));
}

TEST_F(WithTable, LetsColumnsBeAddedAndRelaxedAndNothingElse) {
  const std::string id = R"({"name":"id","type":"STRING","mode":"NULLABLE"})";
  const std::string day = R"({"name":"day","type":"DATE"})",
                    r = R"({"name":"r","type":"RECORD","fields":[)";
  const std::string x = R"({"name":"x","type":"INTEGER"})",
                    y = R"(,{"name":"y","type":"STRING","mode":"REPEATED"}]})";
  const std::pair<std::string, const char*> cases[] = {
      {"[" + id + "," + day + "]", "Field r is missing in new schema"},
      {"[" + id + R"(,{"name":"day","type":"STRING"},)" + r + x + "]}]",
       "Field day has changed type from DATE to STRING"},
      {"[" + id + "," + day + "," + r + R"({"name":"x","type":"STRING"}]}])",
       "Field r.x has changed type from INTEGER to STRING"},
      {"[" + id + R"(,{"name":"day","type":"DATE","mode":"REPEATED"},)" + r + x + "]}]",
       "Field day has changed mode"},
      {"[" + id + "," + day + "," + r + x + R"(]},{"name":"n","type":"INT64","mode":"REQUIRED"}])",
       "Cannot add required fields"},
      {"[" + id + "," + day + "," + r + x + R"(]},{"name":"ID","type":"INT64"}])",
       "Duplicate field names"},
      {"[" + id + "," + day + "," + r + x + y + R"(,{"name":"more","type":"JSON"}])", ""},
  };
  for (const auto& [fields, problem] : cases) {
    const auto patched = patch_fields(fields);
    EXPECT_EQ(patched.has_value(), *problem == 0) << fields;
    if (!patched) {
      EXPECT_EQ(patched.error().status, 400);
      EXPECT_THAT(patched.error().message, HasSubstr(problem));
    }
  }
}

TEST(Catalog, RefusesPartitioningAndClusteringByColumnsThatCannotBe) {
  Catalog catalog{0};
  ASSERT_TRUE(catalog.insert_dataset("p", json(R"({"datasetReference":{"datasetId":"d"}})")));
  for (const std::string extra :
       {R"("timePartitioning":{"type":"DAY","field":"none"})",
        R"("timePartitioning":{"type":"DAY","field":"s"})", R"("clustering":{"fields":["none"]})",
        R"("clustering":{"fields":["s","s","s","s","s"]})"}) {
    const auto made = catalog.insert_table(
        "p", "d",
        json(
            R"({"tableReference":{"tableId":"t"},"schema":{"fields":[{"name":"s","type":"STRING"}]},)" +
            extra + "}"));
    EXPECT_EQ(made ? 0 : made.error().status, 400) << extra;
  }
}

}  // namespace
}  // namespace rs::fakes
