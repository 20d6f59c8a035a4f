// The log goes to a pipe whose reader has stopped: requests are answered, and the program ends.

#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "process/client.h"
#include "process/program.h"

namespace rs::process {
namespace {

using ::testing::HasSubstr;

class LogReader : public testing::TestWithParam<const char*> {};

// Paths that are refused each have a line, with every kind of text in it, standard output and
// standard error alike in a pipe of one page.
TEST_P(LogReader, MayStopReading) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Descriptor reader(ends[0]), writer(ends[1]);
  ::fcntl(writer.get(), F_SETPIPE_SZ, 4096);
  const auto port = free_port();
  Program server("serve", {"WRITERS__STRATEGY=discard", "RUN__HOST=127.0.0.1", "RUN__THREADS=1",
                           "RUN__PORT=" + std::to_string(port), GetParam()});
  server.start_into(writer.get());
  ASSERT_EQ(wait_for_status(port, "/healthz", 200).status, 200);
  std::uint64_t asked = 0;
  for (const char* piece : {"\"", "x", "\\", "\xc2\x9b"}) {
    std::string path = "/";
    while (path.size() < 1000) path += piece;
    for (int i = 0; i < 10; ++i, ++asked) EXPECT_NE(get(port, path).status, 0) << piece << i;
  }
  EXPECT_EQ(get(port, "/healthz").status, 200);
  EXPECT_EQ(server.finish(), 0);

  std::string bytes(4096, '\0');
  bytes.resize(static_cast<std::size_t>(::read(reader.get(), bytes.data(), bytes.size())));
  EXPECT_THAT(bytes, HasSubstr("Listening on 127.0.0.1:")) << "the first lines come first";
}

INSTANTIATE_TEST_SUITE_P(OfEachFormat, LogReader,
                         testing::Values("ENVIRONMENT=production", "ENVIRONMENT=QA"));

}  // namespace
}  // namespace rs::process
