#include "obs/log_writer.h"

#include <chrono>
#include <string>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/descriptor.h"

namespace rs::obs {
namespace {

using Clock = std::chrono::steady_clock;
using ::testing::EndsWith;
using ::testing::StartsWith;

std::string lost_line(std::uint64_t count) {
  return fmt::format("{} lost\n", count);
}

class LogWriterTest : public testing::Test {
 protected:
  LogWriterTest() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    reader_ = Descriptor(ends[0]);
    out_ = Descriptor(ends[1]);
    ::fcntl(out_.get(), F_SETPIPE_SZ, 4096);
  }

  static std::string line(int number) { return fmt::format("{:049}\n", number); }
  // Until all of it, or `end`, has come.
  std::string read_until(const std::string& end) {
    std::string text;
    char bytes[1000];
    while (!text.ends_with(end)) {
      const ssize_t got = ::read(reader_.get(), bytes, sizeof bytes);
      if (got <= 0) break;
      text.append(bytes, static_cast<std::size_t>(got));
    }
    return text;
  }
  bool flush(LogWriter& writer) { return writer.flush(Clock::now() + std::chrono::seconds(10)); }

  Descriptor reader_, out_;
};

TEST_F(LogWriterTest, KeepsTheOrderOfLines) {
  LogWriter writer(out_.get(), lost_line);
  std::string all;
  for (int i = 0; i < 1000; ++i) {
    all += line(i);
    writer.add(line(i));
  }
  EXPECT_EQ(read_until(line(999)), all);
  EXPECT_TRUE(flush(writer));
  EXPECT_EQ(writer.lost(), 0u);
}

TEST_F(LogWriterTest, HoldsSoManyBytesAndLosesTheRestWithoutWaiting) {
  LogWriter writer(out_.get(), lost_line, 10'000);
  for (int i = 0; i < 1000; ++i) writer.add(line(i));
  // In the pipe and in the queue there is room for 4,096 and 10,000 bytes, and one line is being
  // written.
  EXPECT_GE(writer.lost(), 1000u - 14'096 / 50 - 1);
  EXPECT_LE(writer.lost(), 1000u - 10'000 / 50);
}

TEST_F(LogWriterTest, SaysOnceHowManyWereLostAndWhere) {
  LogWriter writer(out_.get(), lost_line, 10'000);
  int next = 0;
  while (writer.lost() < 100) writer.add(line(next++));
  const int kept = next - 100;
  const std::string text = read_until(" lost\n");
  EXPECT_THAT(text, StartsWith(line(0)));
  EXPECT_THAT(text, EndsWith(line(kept - 1) + "100 lost\n"));
  writer.add(line(next));
  EXPECT_EQ(read_until(line(next)), line(next));
  EXPECT_EQ(writer.lost(), 100u);
}

TEST_F(LogWriterTest, FlushesWhatIsHeldWhenItsReaderReads) {
  LogWriter writer(out_.get(), lost_line);
  for (int i = 0; i < 1000; ++i) writer.add(line(i));
  std::string text;
  std::thread reading([&] { text = read_until(line(999)); });
  EXPECT_TRUE(flush(writer));
  reading.join();
  EXPECT_EQ(text.size(), 50'000u);
}

TEST_F(LogWriterTest, GivesUpAFlushInTime) {
  LogWriter writer(out_.get(), lost_line);
  for (int i = 0; i < 1000; ++i) writer.add(line(i));
  EXPECT_FALSE(writer.flush(Clock::now() + std::chrono::milliseconds(5)));
}

TEST_F(LogWriterTest, WaitsForRoomInANonBlockingPipe) {
  ::fcntl(out_.get(), F_SETFL, O_NONBLOCK);
  LogWriter writer(out_.get(), lost_line);
  for (int i = 0; i < 1000; ++i) writer.add(line(i));
  EXPECT_EQ(read_until(line(999)).size(), 50'000u);
  EXPECT_EQ(writer.lost(), 0u);
}

TEST_F(LogWriterTest, CountsLinesThatNoReaderIsLeftFor) {
  LogWriter writer(out_.get(), lost_line);
  reader_.reset();
  writer.add(line(0));
  writer.add(line(1));
  EXPECT_TRUE(flush(writer));
  EXPECT_EQ(writer.lost(), 2u);
}

}  // namespace
}  // namespace rs::obs
