// The file of the local store when things go wrong: crashes, second servers, foreign and older
// files, full disks.
#include <csignal>
#include <fstream>
#include <functional>
#include <random>
#include <string>

#include <event.pb.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/text.h"
#include "duckdb/error.h"
#include "duckdb/store_fixture.h"
#include "row/print_schema.h"
#include "row/random_row.h"

namespace rs::duckdb {
namespace {

using testing::HasSubstr;

std::string count_of(LocalSink& sink) {
  const auto text = ask(sink.store(), "SELECT count(*) AS n FROM events", query::QueryFormat::kCsv);
  return text.substr(text.find('\n') + 1);
}

// Runs statements on a file that no sink has open, as its owner might.
void run_sql(const std::string& path, const std::string& sql) {
  ASSERT_TRUE(load_duckdb());
  DuckdbDatabase database;
  ASSERT_EQ(library().open_ext(path.c_str(), database.out(), nullptr, nullptr), DuckDBSuccess);
  DuckdbConnection connection;
  ASSERT_EQ(library().connect(database.get(), connection.out()), DuckDBSuccess);
  const auto done = execute(connection.get(), sql, path);
  ASSERT_TRUE(done) << done.error().message;
}

// A child process that runs `body` until it is killed, and writes a byte whenever it wants to.
class Child {
 public:
  explicit Child(const std::function<void(int pipe)>& body) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    process_ = ::fork();
    if (process_ == 0) {
      ::close(ends[0]);
      body(ends[1]);
      ::_exit(0);
    }
    ::close(ends[1]);
    pipe_ = ends[0];
  }
  ~Child() {
    kill();
    ::close(pipe_);
  }
  void kill() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
  }
  // Bytes read: fewer when the child ends first.
  std::size_t wait_for(std::size_t bytes) {
    std::size_t seen = 0;
    char byte = 0;
    while (seen < bytes && ::read(pipe_, &byte, 1) == 1) ++seen;
    return seen;
  }

 private:
  pid_t process_ = -1;
  int pipe_ = -1;
};

TEST(LocalFile, HasEveryAcknowledgedRowAfterAKill) {
  for (const std::size_t rows_of_batch : {1U, 100U, 11'000U}) {
    const TemporaryFolder folder;
    const std::size_t enough = rows_of_batch > 10'000 ? 3 : 20;
    Child child([&](int pipe) {
      LocalSink sink(folder.path());
      if (!sink.open()) return;
      const std::vector<std::string> rows(rows_of_batch, encoded({.event_name = "a"}));
      while (write_rows(sink, rows) && ::write(pipe, "x", 1) == 1) {
      }
    });
    std::size_t acknowledged = child.wait_for(enough);
    ASSERT_EQ(acknowledged, enough);
    child.kill();
    acknowledged += child.wait_for(1'000'000);

    LocalSink sink(folder.path());
    const auto opened = sink.open();
    ASSERT_TRUE(opened) << opened.error().message;
    // One more batch may have been committed but not yet acknowledged.
    const auto count = std::stoul(count_of(sink));
    EXPECT_TRUE(count == acknowledged * rows_of_batch ||
                count == (acknowledged + 1) * rows_of_batch)
        << count << " rows, acknowledged " << acknowledged << " times " << rows_of_batch;
  }
}

TEST(LocalFile, IsRefusedToASecondProcess) {
  const TemporaryFolder folder;
  Child child([&](int pipe) {
    LocalSink sink(folder.path());
    if (sink.open()) (void)!::write(pipe, "x", 1);
    ::pause();
  });
  ASSERT_EQ(child.wait_for(1), 1U);
  LocalSink second(folder.path());
  const auto opened = second.open();
  ASSERT_FALSE(opened);
  EXPECT_FALSE(opened.error().retryable());
  EXPECT_THAT(opened.error().message, HasSubstr("PID"));
  EXPECT_THAT(opened.error().message, HasSubstr("WRITERS__DATA_DIR"));
}

TEST(LocalFile, IsRefusedWhenItIsNotADatabase) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() + "/events.duckdb") << std::string(10'000, 'x');
  LocalSink sink(folder.path());
  const auto opened = sink.open();
  ASSERT_FALSE(opened);
  EXPECT_FALSE(opened.error().retryable());
  EXPECT_THAT(opened.error().message, HasSubstr(folder.path()));
  EXPECT_THAT(opened.error().message, HasSubstr("backup"));
}

TEST(LocalFile, IsRefusedWhenItIsDamaged) {
  const TemporaryFolder folder;
  {
    LocalSink sink(folder.path());
    ASSERT_TRUE(sink.open());
    ASSERT_TRUE(write_rows(sink, std::vector<std::string>(5'000, encoded({.event_name = "a"}))));
  }
  {
    std::fstream file(folder.path() + "/events.duckdb",
                      std::ios::in | std::ios::out | std::ios::binary);
    // Behind the headers, which hold the first three blocks of 4 KiB.
    for (int at = 12'288; at < 500'000; at += 512) file.seekp(at).write("damage", 6);
  }
  LocalSink sink(folder.path());
  const auto opened = sink.open();
  ASSERT_FALSE(opened);
  EXPECT_FALSE(opened.error().retryable()) << opened.error().message;
  EXPECT_THAT(opened.error().message, HasSubstr("backup"));
}

TEST(LocalFile, IsMadeWithItsFolder) {
  const TemporaryFolder folder;
  const std::string odd = folder.path() + "/a/it's \"odd\" \xd0\xb9";
  LocalSink sink(odd);
  const auto opened = sink.open();
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE(std::filesystem::exists(odd + "/events.duckdb"));
}

TEST(LocalFile, IsRefusedWhenTheFolderCannotBeMade) {
  LocalSink sink("/proc/nowhere");
  const auto opened = sink.open();
  ASSERT_FALSE(opened);
  EXPECT_FALSE(opened.error().retryable());
  EXPECT_THAT(opened.error().message, HasSubstr("/proc/nowhere"));
}

TEST(LocalFile, OpensWithAnyDuckDb) {
  const TemporaryFolder folder;
  {
    LocalSink sink(folder.path());
    ASSERT_TRUE(sink.open());
    ASSERT_TRUE(write_rows(sink, {encoded({.event_name = "a"})}));
  }
  // Under another name, so that nothing in it depends on how it was attached.
  std::filesystem::rename(folder.path() + "/events.duckdb", folder.path() + "/copy.duckdb");
  run_sql(folder.path() + "/copy.duckdb",
          "SELECT error('no row') FROM events_flat WHERE event_name <> 'a';"
          "SELECT CASE WHEN count(*) <> 1 THEN error('not one row') END FROM events_flat;"
          "SELECT param_value(event_params, 'x') FROM events");
}

TEST(LocalFile, GetsTheColumnsItLacks) {
  const TemporaryFolder folder;
  run_sql(folder.path() + "/events.duckdb",
          "CREATE TABLE events (mine INTEGER, event_name VARCHAR, device STRUCT(category VARCHAR, "
          "mine STRUCT(a INTEGER[], b VARCHAR)), event_params STRUCT(\"key\" VARCHAR, \"value\" "
          "STRUCT(int_value BIGINT))[], other VARCHAR[]);"
          "INSERT INTO events VALUES (7, 'old', {'category': 'c', 'mine': {'a': [1], 'b': 'x'}}, "
          "[{'key': 'k', 'value': {'int_value': 1}}], ['y'])");
  LocalSink sink(folder.path());
  const auto opened = sink.open();
  ASSERT_TRUE(opened) << opened.error().message;

  // In the order of the old table, every column finds its place.
  std::mt19937_64 random(7);
  real_streaming::Row message;
  row::fill(message, {.filled = 1.0, .table_types = false, .long_texts = false}, random);
  message.mutable_device()->set_bot_name("new");
  ASSERT_TRUE(write_rows(sink, {message.SerializeAsString()}));
  EXPECT_EQ(
      ask(sink.store(),
          "SELECT mine, other, device.mine AS m, device.bot_name AS b, "
          "event_params[1].value.string_value AS s FROM events WHERE event_name = 'old' OR "
          "device.bot_name = 'new' ORDER BY mine"),
      "[\n{\"mine\":7,\"other\":[\"y\"],\"m\":{\"a\":[1],\"b\":\"x\"},\"b\":null,\"s\":null},\n"
      "{\"mine\":null,\"other\":null,\"m\":null,\"b\":\"new\",\"s\":" +
          [&] {
            if (message.event_params().empty()) return std::string("null");
            std::string text = "\"";
            append_json_escaped(text, message.event_params(0).value().string_value());
            return text + "\"";
          }() +
          "}\n]\n");
  EXPECT_EQ(
      ask(sink.store(), "SELECT count(*) AS n FROM (DESCRIBE events) WHERE column_name = 'items'",
          query::QueryFormat::kCsv),
      "n\r\n1\r\n");
}

TEST(LocalFile, IsRefusedWhenAColumnHasAnotherType) {
  const std::pair<const char*, std::vector<const char*>> cases[] = {
      {"event_name BIGINT", {"event_name", "BIGINT", "VARCHAR"}},
      {"event_params VARCHAR", {"event_params", "VARCHAR", "STRUCT[]"}},
      {"items STRUCT(a INTEGER)", {"column items of table events is STRUCT,", "STRUCT[]"}},
      {"device STRUCT(web_info STRUCT(browser DATE))", {"device.web_info.browser", "DATE"}},
      {"event_params STRUCT(\"value\" STRUCT(int_value VARCHAR))[]",
       {"event_params.value.int_value of table events is VARCHAR", "BIGINT"}},
      {"synced_at_utc_ TIMESTAMPTZ", {"synced_at_utc_", "WITH TIME ZONE"}},
      {"attributes VARCHAR", {"attributes", "JSON"}},
  };
  for (const auto& [column, words] : cases) {
    const TemporaryFolder folder;
    run_sql(folder.path() + "/events.duckdb", fmt::format("CREATE TABLE events ({})", column));
    LocalSink sink(folder.path());
    const auto opened = sink.open();
    ASSERT_FALSE(opened) << column;
    EXPECT_FALSE(opened.error().retryable());
    for (const char* word : words) EXPECT_THAT(opened.error().message, HasSubstr(word));
  }
}

TEST(LocalFile, IsWhatPrintSchemaPrints) {
  const TemporaryFolder folder;
  run_sql(folder.path() + "/events.duckdb", row::print_schema(row::SchemaFormat::kDuckDb));
  LocalSink sink(folder.path());
  const auto opened = sink.open();
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE(write_rows(sink, {encoded({.event_name = "a"})}));
}

TEST(LocalFile, TakesRowsAgainAfterTheDiskWasFull) {
  const TemporaryFolder folder;
  LocalSink sink(folder.path());
  ASSERT_TRUE(sink.open());
  const std::vector<std::string> rows(500, encoded({.user_id = "a user"}));
  ASSERT_TRUE(write_rows(sink, rows));

  // No file may grow beyond 2 MB: what a full disk looks like, without root.
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{.rlim_cur = 2'000'000, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  std::size_t stored = rows.size(), failures = 0;
  while (failures < 3) {
    ASSERT_LT(stored, 50'000U);  // Rows of a few hundred bytes.
    const auto result = write_rows(sink, rows);
    if (result) {
      stored += rows.size();
    } else {
      EXPECT_TRUE(result.error().retryable()) << result.error().message;
      ++failures;
    }
  }
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);

  const auto result = write_rows(sink, rows);
  ASSERT_TRUE(result) << result.error().message;
  stored += rows.size();
  EXPECT_EQ(std::stoul(count_of(sink)), stored);
}

TEST(LocalFile, IsToldApartWhenThereIsNone) {
  const TemporaryFolder folder;
  LocalStore store(folder.path());
  const auto opened = store.open_to_read();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(opened.error().message, HasSubstr(folder.path() + "/events.duckdb"));
}

TEST(LocalFile, CanBeReadWhenItsLastWriterWasKilled) {
  const TemporaryFolder folder;
  Child child([&](int pipe) {
    LocalSink sink(folder.path());
    if (sink.open() && write_rows(sink, {encoded({.event_name = "a"})})) {
      (void)!::write(pipe, "x", 1);
    }
    ::pause();
  });
  ASSERT_EQ(child.wait_for(1), 1U);
  child.kill();
  LocalStore store(folder.path());
  const auto opened = store.open_to_read();
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(ask(store, "SELECT event_name FROM events_flat"), "[\n{\"event_name\":\"a\"}\n]\n");
  EXPECT_THAT(ask(store, "SELECT * FROM read_csv('/etc/passwd')"), HasSubstr("disabled"));
}

}  // namespace
}  // namespace rs::duckdb
