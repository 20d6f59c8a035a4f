// What outlives the program in a file.

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/bigquery/json.h"
#include "fakes/bigquery/table_store.h"
#include "fakes/bigquery/test_writer.h"

namespace rs::fakes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Store : public testing::Test {
 protected:
  Store() { options_.store = (folder_ / "fake.duckdb").string(); }
  ~Store() override {
    fake_.reset();
    std::filesystem::remove_all(folder_);
  }

  static std::filesystem::path new_folder() {
    std::string name = testing::TempDir() + "store_XXXXXX";
    return mkdtemp(name.data());
  }
  // The program ends and starts anew.
  FakeBigQuery& restart() {
    fake_.reset();
    auto started = FakeBigQuery::start(options_);
    if (!started) throw std::runtime_error(started.error().message);
    fake_ = std::move(*started);
    return *fake_;
  }
  void append(const std::vector<std::string>& rows) {
    TestWriter writer(*fake_);
    ASSERT_TRUE(writer.ask(request(rows)).has_append_result());
    writer.writes_done();
    EXPECT_TRUE(writer.end().ok());
  }

  const std::filesystem::path folder_ = new_folder();
  FakeBigQueryOptions options_;
  std::unique_ptr<FakeBigQuery> fake_;
};

TEST_F(Store, KeepsTablesAndRowsThroughARestart) {
  restart().create_dataset("p", "d");
  ASSERT_TRUE(fake_->create_table(kTable, kColumns));
  append({small_row("a"), small_row("it's") + "\x10\x07"});
  append({small_row("c")});
  const auto table = fake_->table(kTable);
  const std::vector<std::string> rows = {R"({"event_id":"a"})", R"({"event_id":"it's","n":7})",
                                         R"({"event_id":"c"})"};
  EXPECT_EQ(fake_->rows(kTable), rows);
  restart();
  EXPECT_EQ(fake_->rows(kTable), rows);
  EXPECT_EQ(fake_->table(kTable), table);
  append({small_row("d")});
  restart();
  EXPECT_EQ(fake_->row_count(kTable), 4u);
}

TEST_F(Store, ReadsOldRowsAfterColumnsWereAddedAndGivesThemTheirDefaults) {
  restart().create_dataset("p", "d");
  ASSERT_TRUE(fake_->create_table(kTable, R"([{"name":"event_id","type":"STRING"},
      {"name":"n","type":"INT64"},{"name":"kind","type":"STRING","defaultValueExpression":"'new'"}])"));
  auto with_default = request({small_row("a")});
  with_default.set_default_missing_value_interpretation(bqs::AppendRowsRequest::DEFAULT_VALUE);
  TestWriter writer(*fake_);
  ASSERT_TRUE(writer.ask(with_default).has_append_result());
  writer.writes_done();
  ASSERT_TRUE(writer.end().ok());
  ASSERT_TRUE(fake_->patch_table(kTable, R"([{"name":"later","type":"STRING"},
      {"name":"event_id","type":"STRING"},{"name":"n","type":"INT64"},
      {"name":"kind","type":"STRING","defaultValueExpression":"'new'"}])"));
  restart();
  EXPECT_THAT(fake_->rows(kTable), ElementsAre(R"({"event_id":"a","kind":"new"})"));
}

TEST_F(Store, ForgetsWhatWasDropped) {
  restart().create_dataset("p", "d");
  ASSERT_TRUE(fake_->create_table(kTable, kColumns));
  append({small_row("a")});
  fake_->delete_table(kTable);
  restart();
  EXPECT_EQ(fake_->table(kTable), std::nullopt);
  ASSERT_TRUE(fake_->create_table(kTable, kColumns));
  EXPECT_THAT(fake_->rows(kTable), IsEmpty());
}

TEST_F(Store, IsRefusedWhenItIsNoSuchFileOrRowsAreNotKept) {
  options_.store = "/proc/version";
  EXPECT_THAT(FakeBigQuery::start(options_).error().message, HasSubstr("/proc/version"));
  options_.keep = KeptRows::kIds;
  EXPECT_THAT(FakeBigQuery::start(options_).error().message, HasSubstr("keeps all of a row"));
}

}  // namespace
}  // namespace rs::fakes
