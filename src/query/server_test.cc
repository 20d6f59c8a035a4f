#include "query/server.h"

#include <cstdlib>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "duckdb/store_fixture.h"
#include "query/client.h"
#include "query/protocol.h"

namespace rs::query {

using duckdb::ask, duckdb::encoded, duckdb::TemporaryFolder, duckdb::write_rows;
namespace {

using testing::HasSubstr;

struct Answer {
  Result<void> done;
  std::string text;
};

Answer query(const std::string& data_dir, const std::string& sql,
             QueryFormat format = QueryFormat::kCsv) {
  char* bytes = nullptr;
  std::size_t size = 0;
  std::FILE* out = ::open_memstream(&bytes, &size);
  auto done = query_local_store(data_dir, {.sql = sql, .format = format}, out);
  std::fclose(out);
  Answer answer{std::move(done), std::string(bytes, size)};
  std::free(bytes);
  return answer;
}

// Runs for hours unless it is interrupted.
constexpr const char* kEndless =
    "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range % 7 = b.range";

class QueryServerTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(sink_.open());
    const auto started = server_.start();
    ASSERT_TRUE(started) << started.error().message;
  }
  TemporaryFolder folder_;
  duckdb::LocalSink sink_{folder_.path()};
  QueryServer server_{folder_.path(), sink_.store()};
};

TEST_F(QueryServerTest, AnswersWhileTheSinkIsOpen) {
  ASSERT_TRUE(write_rows(sink_, {encoded({.event_name = "a"})}));
  const auto answer = query(folder_.path(), "SELECT event_name, 99.99 AS v FROM events");
  ASSERT_TRUE(answer.done) << answer.done.error().message;
  EXPECT_EQ(answer.text, "event_name,v\r\na,99.99\r\n");
}

TEST_F(QueryServerTest, PassesErrorsOn) {
  const auto answer = query(folder_.path(), "DELETE FROM events");
  ASSERT_FALSE(answer.done);
  EXPECT_EQ(answer.done.error().code, ErrorCode::kInvalidInput);
  EXPECT_THAT(answer.done.error().message, HasSubstr("only statements that read"));
  EXPECT_EQ(answer.text, "");
}

TEST_F(QueryServerTest, SendsLargeResultsWhole) {
  const auto answer =
      query(folder_.path(), "SELECT range AS n, repeat('x', 100) FROM range(50000)");
  ASSERT_TRUE(answer.done) << answer.done.error().message;
  EXPECT_THAT(answer.text, HasSubstr("\r\n49999,xxx"));
  EXPECT_EQ(std::count(answer.text.begin(), answer.text.end(), '\n'), 50'001);
}

TEST_F(QueryServerTest, IsForItsOwnerOnly) {
  struct stat status {};
  ASSERT_EQ(::stat(query_socket_path(folder_.path()).c_str(), &status), 0);
  EXPECT_TRUE(S_ISSOCK(status.st_mode));
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(QueryServerTest, ServesMoreClientsThanItHasRoomFor) {
  std::vector<std::thread> clients;
  for (int i = 0; i < 12; ++i) {
    clients.emplace_back([&] {
      for (int round = 0; round < 5; ++round) {
        const auto answer = query(folder_.path(), "SELECT count(*) AS n FROM range(1000)");
        EXPECT_TRUE(answer.done) << answer.done.error().message;
        EXPECT_EQ(answer.text, "n\r\n1000\r\n");
      }
    });
  }
  const std::vector<std::string> rows(100, encoded({.event_name = "a"}));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(write_rows(sink_, rows));
  for (auto& client : clients) client.join();
}

TEST_F(QueryServerTest, StopsAQueryWhoseClientIsGone) {
  // As many as there is room for: a further query is answered only when these end.
  for (std::size_t i = 0; i < QueryServer::kClientsMax; ++i) {
    const auto socket = connect_for_query(folder_.path());
    ASSERT_TRUE(socket);
    ASSERT_TRUE(send_frame(*socket, FrameKind::kQuery, encode_query({.sql = kEndless})));
    ::close(*socket);
  }
  EXPECT_EQ(query(folder_.path(), "SELECT 1 AS a").text, "a\r\n1\r\n");
}

TEST_F(QueryServerTest, StopsWhileAQueryRuns) {
  const auto socket = connect_for_query(folder_.path());
  ASSERT_TRUE(socket);
  ASSERT_TRUE(send_frame(*socket, FrameKind::kQuery, encode_query({.sql = kEndless})));
  server_.stop();
  EXPECT_FALSE(std::filesystem::exists(query_socket_path(folder_.path())));
  ::close(*socket);
  server_.stop();
  ASSERT_TRUE(server_.start());
  EXPECT_EQ(query(folder_.path(), "SELECT 1 AS a").text, "a\r\n1\r\n");
}

TEST_F(QueryServerTest, AnswersNonsenseWithAnError) {
  for (const std::string& nonsense : {std::string(), std::string("\x09\0\0\0\0SELECT 1", 13),
                                      std::string("\0\0\0\0\0SELECT\0 1", 14)}) {
    const auto socket = connect_for_query(folder_.path());
    ASSERT_TRUE(socket);
    ASSERT_TRUE(send_frame(*socket, FrameKind::kQuery, nonsense));
    const auto frame = receive_frame(*socket);
    ASSERT_TRUE(frame) << frame.error().message;
    EXPECT_EQ(frame->kind, FrameKind::kError);
    ::close(*socket);
  }
  const auto socket = connect_for_query(folder_.path());
  ASSERT_TRUE(socket);
  ASSERT_EQ(::send(*socket, "Q\xff\xff\xff\xff", 5, MSG_NOSIGNAL), 5);
  EXPECT_EQ(receive_frame(*socket).value().kind, FrameKind::kError);
  ::close(*socket);
}

TEST_F(QueryServerTest, IsNotStolenFrom) {
  QueryServer second(folder_.path(), sink_.store());
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("another server"));
  EXPECT_EQ(query(folder_.path(), "SELECT 1 AS a").text, "a\r\n1\r\n");
}

TEST(QueryServer, ReplacesTheSocketOfACrash) {
  const TemporaryFolder folder;
  const auto left = listen_for_queries(folder.path());
  ASSERT_TRUE(left);
  ::close(*left);
  ASSERT_TRUE(std::filesystem::exists(query_socket_path(folder.path())));
  duckdb::LocalSink sink(folder.path());
  ASSERT_TRUE(sink.open());
  QueryServer server(folder.path(), sink.store());
  const auto started = server.start();
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_EQ(query(folder.path(), "SELECT 1 AS a").text, "a\r\n1\r\n");
}

TEST(QueryServer, WorksInAFolderWithALongName) {
  const TemporaryFolder folder;
  const std::string deep = folder.path() + "/" + std::string(120, 'd');
  duckdb::LocalSink sink(deep);
  ASSERT_TRUE(sink.open());
  QueryServer server(deep, sink.store());
  const auto started = server.start();
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_EQ(query(deep, "SELECT 1 AS a").text, "a\r\n1\r\n");
  server.stop();
  EXPECT_FALSE(std::filesystem::exists(query_socket_path(deep)));
}

TEST(QueryClient, ReadsTheFileWhenNoServerRuns) {
  const TemporaryFolder folder;
  {
    duckdb::LocalSink sink(folder.path());
    ASSERT_TRUE(sink.open());
    ASSERT_TRUE(write_rows(sink, {encoded({.event_name = "a"})}));
  }
  EXPECT_EQ(query(folder.path(), "SELECT event_name FROM events").text, "event_name\r\na\r\n");
  EXPECT_FALSE(query(folder.path(), "DELETE FROM events").done);
}

TEST(QueryClient, SaysWhereItLooked) {
  const TemporaryFolder folder;
  const auto answer = query(folder.path(), "SELECT 1");
  ASSERT_FALSE(answer.done);
  EXPECT_EQ(answer.done.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(answer.done.error().message, HasSubstr(folder.path()));
}

}  // namespace
}  // namespace rs::query
