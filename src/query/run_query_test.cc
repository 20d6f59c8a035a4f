#include "query/run_query.h"

#include <atomic>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "duckdb/store_fixture.h"

namespace rs::query {

using duckdb::ask, duckdb::encoded, duckdb::TemporaryFolder, duckdb::write_rows;
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class LocalQueryTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(sink_.open()); }
  std::string json(const std::string& sql) { return ask(sink_.store(), sql); }
  std::string csv(const std::string& sql) { return ask(sink_.store(), sql, QueryFormat::kCsv); }
  std::string table(const std::string& sql, std::size_t width = 0) {
    return ask(sink_.store(), sql, QueryFormat::kTable, width);
  }
  TemporaryFolder folder_;
  duckdb::LocalSink sink_{folder_.path()};
};

TEST_F(LocalQueryTest, WritesEveryTypeAsJson) {
  const std::pair<const char*, const char*> cases[] = {
      {"NULL", "null"},
      {"true", "true"},
      {"9223372036854775807", "9223372036854775807"},
      {"(-128)::TINYINT", "-128"},
      {"255::UTINYINT", "255"},
      {"(-32768)::SMALLINT", "-32768"},
      {"65535::USMALLINT", "65535"},
      {"4294967295::UINTEGER", "4294967295"},
      {"18446744073709551615::UBIGINT", "18446744073709551615"},
      {"170141183460469231731687303715884105727::HUGEINT",
       "170141183460469231731687303715884105727"},
      {"340282366920938463463374607431768211455::UHUGEINT",
       "340282366920938463463374607431768211455"},
      {"99.99::DOUBLE", "99.99"},
      {"0.1::FLOAT", "0.1"},
      {"'nan'::DOUBLE", "null"},
      {"'-infinity'::FLOAT", "null"},
      {"99.90::DECIMAL(4,2)", "99.90"},
      {"-0.05::DECIMAL(9,2)", "-0.05"},
      {"123456789.123456789::DECIMAL(18,9)", "123456789.123456789"},
      {"-12345678901234567890123456789.123456789::DECIMAL(38,9)",
       "-12345678901234567890123456789.123456789"},
      {"'a\"b' || chr(10) || 'c'", "\"a\\\"b\\nc\""},
      {"''", "\"\""},
      {"DATE '2026-01-15'", "\"2026-01-15\""},
      {"TIME '10:30:45.5'", "\"10:30:45.5\""},
      {"TIMETZ '10:30:45+02'", "\"10:30:45+02\""},
      {"TIMESTAMP '2026-01-15 10:30:45.123456'", "\"2026-01-15 10:30:45.123456\""},
      {"TIMESTAMPTZ '2026-01-15 10:30:45+00'", "\"2026-01-15 10:30:45+00\""},
      {"TIMESTAMP_S '2026-01-15 10:30:45'", "\"2026-01-15 10:30:45\""},
      {"TIMESTAMP_MS '2026-01-15 10:30:45.123'", "\"2026-01-15 10:30:45.123\""},
      {"TIMESTAMP_NS '2026-01-15 10:30:45.123456789'", "\"2026-01-15 10:30:45.123456789\""},
      {"INTERVAL '1 month 2 days'", "\"1 month 2 days\""},
      {"'\\x00\\xFFa'::BLOB", "\"\\\\x00\\\\xFFa\""},
      {"'{\"a\": [1]}'::JSON", "{\"a\": [1]}"},
      {"to_json('nan'::DOUBLE)", "null"},
      {"to_json({'a': '-inf'::DOUBLE, 'b': 'Infinity', 'c': [true, NULL, false]})",
       "{\"a\":null,\"b\":\"Infinity\",\"c\":[true,null,false]}"},
      {"to_json(['inf'::FLOAT, 1e300::DOUBLE, -2.5e-7::DOUBLE])", "[null,1e300,-2.5e-7]"},
      {"'{\"NaN\": NaN, \"q\\\\\\\"NaN\": -Infinity}'::JSON",
       "{\"NaN\": null, \"q\\\\\\\"NaN\": null}"},
      {"'b'::ENUM('a', 'b')", "\"b\""},
      {"'0196a3b4-0000-7000-8000-00000000000f'::UUID", "\"0196a3b4-0000-7000-8000-00000000000f\""},
      {"'f196a3b4-0000-7000-8000-00000000000f'::UUID", "\"f196a3b4-0000-7000-8000-00000000000f\""},
      {"[1, NULL, 3]", "[1,null,3]"},
      {"[]::INTEGER[]", "[]"},
      {"[1.5, 2.5]::DOUBLE[2]", "[1.5,2.5]"},
      {"{'a': 1, 'b c': {'d': ['x']}}", "{\"a\":1,\"b c\":{\"d\":[\"x\"]}}"},
      {"MAP {'k': 1, 'l': NULL}", "{\"k\":1,\"l\":null}"},
      {"MAP {DATE '2026-01-15': 1}", "{\"2026-01-15\":1}"},
      {"union_value(n := 5)", "5"},
  };
  for (const auto& [expression, expected] : cases) {
    const std::string sql = std::string("SELECT ") + expression + " AS x";
    EXPECT_EQ(json(sql), std::string("[\n{\"x\":") + expected + "}\n]\n") << expression;
    // The same inside a list, where positions and NULLs of the child vector count.
    EXPECT_EQ(
        json(std::string("SELECT [NULL, ") + expression + "] AS x FROM range(2)"),
        std::string("[\n{\"x\":[null,") + expected + "]},\n{\"x\":[null," + expected + "]}\n]\n")
        << expression;
  }
  EXPECT_THAT(json("SELECT '101'::BIT AS x"), HasSubstr("cast it to VARCHAR"));
}

TEST_F(LocalQueryTest, RunsWithTheSettingsOfTheStore) {
  EXPECT_EQ(csv("SELECT current_setting('threads') AS a, current_setting('memory_limit') AS b, "
                "current_setting('autoinstall_known_extensions') AS c, "
                "current_setting('autoload_known_extensions') AS d, "
                "current_setting('allow_community_extensions') AS e, "
                "current_setting('enable_external_access') AS f, "
                "current_setting('lock_configuration') AS g"),
            "a,b,c,d,e,f,g\r\n1,512.0 MiB,false,false,false,false,true\r\n");
}

TEST_F(LocalQueryTest, WritesNoRowsAsAnEmptyArray) {
  EXPECT_EQ(json("SELECT 1 WHERE false"), "[]\n");
  EXPECT_EQ(csv("SELECT 1 AS a WHERE false"), "a\r\n");
  EXPECT_EQ(table("SELECT 1 AS a WHERE false"), "a\n-\n(0 rows)\n");
}

TEST_F(LocalQueryTest, WritesCsvByTheBook) {
  EXPECT_EQ(csv("SELECT 'a,b' AS \"x,y\", 'c\"d' AS e, NULL AS f, '' AS g, 99.99 AS h, "
                "{'i': [1]} AS j, 'k' || chr(10) AS l"),
            "\"x,y\",e,f,g,h,j,l\r\n"
            "\"a,b\",\"c\"\"d\",,\"\",99.99,\"{\"\"i\"\":[1]}\",\"k\n\"\r\n");
}

TEST_F(LocalQueryTest, AlignsATable) {
  EXPECT_EQ(table("SELECT * FROM (VALUES ('a', 1, NULL), ('\xd0\xb9\xd1\x86', 100, true)) "
                  "t(name, n, \"ok?\")"),
            "name    n  ok?\n"
            "----  ---  ----\n"
            "a       1  NULL\n"
            "\xd0\xb9\xd1\x86    100  true\n"
            "(2 rows)\n");
}

TEST_F(LocalQueryTest, KeepsTerminalsSafeFromControlCharacters) {
  EXPECT_EQ(table("SELECT chr(27) || '[2J' || chr(10) || chr(155) AS a"),
            "a\n---------------\n\\x1b[2J\\n\\u009b\n(1 row)\n");
  EXPECT_EQ(json("SELECT chr(155) || chr(8238) || 'x' AS a"),
            "[\n{\"a\":\"\\u009b\\u202ex\"}\n]\n");
}

TEST_F(LocalQueryTest, FitsATableIntoTheTerminal) {
  EXPECT_EQ(table("SELECT 'short' AS a, repeat('x', 50) AS b", 20),
            "a      b\n-----  -------------\nshort  xxxxxxxxxxxx~\n(1 row)\n");
  EXPECT_EQ(table("SELECT repeat('x', 50) AS a, repeat('y', 50) AS bb, 'z' AS c", 17),
            "--- row 1 ---\na   xxxxxxxxxxxx~\nbb  yyyyyyyyyyyy~\nc   z\n(1 row)\n");
}

TEST_F(LocalQueryTest, StreamsMoreRowsThanItLooksAtForWidths) {
  const auto text = table("SELECT range AS n FROM range(5000)");
  EXPECT_EQ(text.substr(0, 12), "  n\n---\n  0\n");
  EXPECT_EQ(text.substr(text.size() - 17), "4999\n(5000 rows)\n");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 5003);
}

TEST_F(LocalQueryTest, AllowsStatementsThatRead) {
  for (const char* sql :
       {"SELECT 1;", "WITH a AS (SELECT 1) FROM a", "FROM events", "VALUES (1)", "TABLE events",
        "SHOW TABLES", "DESCRIBE events", "SUMMARIZE SELECT 1", "EXPLAIN SELECT 1",
        "EXPLAIN ANALYZE SELECT 1", "SELECT 1 -- with a comment",
        "PIVOT (SELECT 1 AS a, 2 AS b) ON a IN (1) USING sum(b)"}) {
    for (const auto format : {QueryFormat::kTable, QueryFormat::kJson, QueryFormat::kCsv}) {
      EXPECT_THAT(ask(sink_.store(), sql, format), testing::Not(StartsWith("ERROR"))) << sql;
    }
  }
  EXPECT_THAT(table("EXPLAIN SELECT 42"), HasSubstr("\n"));
}

TEST_F(LocalQueryTest, RefusesEverythingElse) {
  const std::pair<const char*, const char*> cases[] = {
      {"INSERT INTO events (event_name) VALUES ('x')", "only statements that read"},
      {"UPDATE events SET event_name = 'x'", "only statements that read"},
      {"DELETE FROM events", "only statements that read"},
      {"DROP TABLE events", "only statements that read"},
      {"CREATE TABLE x (a INTEGER)", "only statements that read"},
      {"CREATE TEMP TABLE x AS SELECT 1", "only statements that read"},
      {"ALTER TABLE events ADD COLUMN x INTEGER", "only statements that read"},
      {"SET threads = 8", "only statements that read"},
      {"PRAGMA threads = 8", "only statements that read"},
      {"CHECKPOINT", "only statements that read"},
      {"ATTACH ':memory:' AS x", "only statements that read"},
      {"LOAD json", "only statements that read"},
      {"COMMIT", "only statements that read"},
      {"CALL force_checkpoint()", "only statements that read"},
      {"EXPLAIN ANALYZE DELETE FROM events", "read-only"},
      {"COPY events TO '/tmp/x.csv'", "disabled"},
      {"SELECT * FROM read_csv('/etc/passwd')", "disabled"},
      {"SELECT * FROM '/etc/passwd'", "does not exist"},
      {"SELECT * FROM incoming_rows()", "for the server itself"},
      {"SELECT 1; SELECT 2", "one statement at a time"},
      {"", "no statement"},
      {" ; -- nothing", "no statement"},
      {"SELEKT 1", "syntax error"},
      {"SELECT nowhere FROM events", "nowhere"},
      {"SELECT ?", "parameters"},
      {"SELECT 'a'::INTEGER", "Could not convert"},
  };
  ASSERT_TRUE(write_rows(sink_, {encoded({.event_name = "a"})}));
  for (const auto& [sql, reason] : cases) {
    const auto text = json(sql);
    EXPECT_THAT(text, StartsWith("ERROR: ")) << sql;
    EXPECT_THAT(text, HasSubstr(reason)) << sql;
  }
  EXPECT_EQ(csv("SELECT count(*) AS n, any_value(event_name) AS e FROM events"), "n,e\r\n1,a\r\n");
}

TEST_F(LocalQueryTest, SaysThatAnErrorCameMidway) {
  auto session = sink_.store().connect();
  ASSERT_TRUE(session);
  std::string text;
  const auto done = run_query(**session,
                              {.sql = "SELECT CASE WHEN range = 900000 THEN error('boom') END, "
                                      "repeat('x', 50) FROM range(1000000)",
                               .format = QueryFormat::kCsv},
                              [&](std::string_view part) -> Result<void> {
                                text += part;
                                return {};
                              });
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("boom"));
  EXPECT_GT(text.size(), 100'000U);  // It was streamed, not held.
}

TEST_F(LocalQueryTest, StopsWhenNobodyTakesTheText) {
  auto session = sink_.store().connect();
  ASSERT_TRUE(session);
  int parts = 0;
  const auto done = run_query(**session, {.sql = "SELECT repeat('x', 1000) FROM range(10000000)"},
                              [&](std::string_view) -> Result<void> {
                                ++parts;
                                return fail(ErrorCode::kUnavailable, "gone");
                              });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "gone");
  EXPECT_EQ(parts, 1);
  EXPECT_EQ(csv("SELECT 1 AS a"), "a\r\n1\r\n");
}

TEST(LocalQuery, DoesNotStopTheWriterAndIsStoppedByAFullLog) {
  const TemporaryFolder folder;
  duckdb::LocalSink sink(folder.path(), {.log_bytes = 1'500'000});
  ASSERT_TRUE(sink.open());
  const std::vector<std::string> rows(500, encoded({.event_name = "a"}));
  ASSERT_TRUE(write_rows(sink, rows));
  const auto log_bytes = [&]() -> std::uintmax_t {
    std::error_code none;
    const auto size = std::filesystem::file_size(folder.path() + "/events.duckdb.wal", none);
    return none ? 0 : size;
  };

  // A reader that has had a first part of the table, and takes no more until it is told to.
  std::atomic<bool> reading = false, go_on = false;
  Result<void> done;
  std::thread reader([&] {
    auto session = sink.store().connect();
    done =
        run_query(**session, {.sql = "SELECT a.*, repeat('x', 100) FROM events a, range(100000)"},
                  [&](std::string_view) -> Result<void> {
                    reading = true;
                    while (!go_on) std::this_thread::yield();
                    return {};
                  });
  });
  while (!reading) std::this_thread::yield();
  while (log_bytes() < 2'000'000) ASSERT_TRUE(write_rows(sink, rows));
  go_on = true;
  for (int i = 0; i < 20 && log_bytes() > 1'000'000; ++i) ASSERT_TRUE(write_rows(sink, rows));
  reader.join();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("for too long"));
  EXPECT_LT(log_bytes(), 1'000'000U);
}

TEST_F(LocalQueryTest, IsInterruptedWhenTheStoreCloses) {
  auto session = sink_.store().connect();
  ASSERT_TRUE(session);
  std::atomic<bool> started = false;
  std::thread closer([&] {
    while (!started) std::this_thread::yield();
    sink_.close();
  });
  started = true;
  const auto done = run_query(
      **session,
      {.sql =
           "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range % 7 = b.range"},
      [](std::string_view) -> Result<void> { return {}; });
  EXPECT_FALSE(done);
  session->reset();
  closer.join();
  EXPECT_THAT(csv("SELECT 1"), HasSubstr("not open"));
}

}  // namespace
}  // namespace rs::query
