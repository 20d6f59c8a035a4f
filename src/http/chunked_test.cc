#include "http/chunked.h"

#include <string>

#include <gtest/gtest.h>

namespace rs::http {
namespace {

using Status = ChunkedDecoder::Status;

struct Decoded {
  Status status = Status::kMore;
  std::string body;
  std::size_t consumed = 0;
};

// Feeds `text` in pieces of `piece` bytes.
Decoded decode(std::string text, std::size_t piece, std::size_t bytes_max = 1000) {
  ChunkedDecoder decoder;
  Decoded out;
  std::string body(text.size(), '\0');
  std::size_t written = 0;
  while (out.consumed < text.size() && out.status == Status::kMore) {
    const std::size_t size = std::min(piece, text.size() - out.consumed);
    const auto step =
        decoder.decode(body.data() + written, text.data() + out.consumed, size, bytes_max);
    out.status = step.status;
    out.consumed += step.consumed;
    written += step.produced;
  }
  out.body = body.substr(0, written);
  return out;
}

struct Case {
  std::string text;
  Status status;
  std::string body;
};

TEST(ChunkedDecoder, FollowsTheGrammarInPiecesOfAnySize) {
  const std::string overhead(ChunkedDecoder::kOverheadMax + 1, 'x');
  const Case cases[] = {
      {"0\r\n\r\n", Status::kDone, ""},
      {"5\r\nhello\r\n0\r\n\r\n", Status::kDone, "hello"},
      {"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", Status::kDone, "hello world"},
      {"a\r\n0123456789\r\nA\r\n0123456789\r\n00\r\n\r\n", Status::kDone, "01234567890123456789"},
      {"1;a=b;c=\"d\"\r\nx\r\n0;e\r\n\r\n", Status::kDone, "x"},
      {"1\r\nx\r\n0\r\nA: b\r\nC:\r\n\r\n", Status::kDone, "x"},
      {"0000000000000001\r\nx\r\n0\r\n\r\n", Status::kDone, "x"},
      {"2\r\n\r\n\r\n0\r\n\r\n", Status::kDone, "\r\n"},
      {"5\r\nhel", Status::kMore, "hel"},
      {"00000000000000001\r\nx\r\n0\r\n\r\n", Status::kBad, ""},
      {"\r\n", Status::kBad, ""},
      {"-1\r\nx\r\n", Status::kBad, ""},
      {"+1\r\nx\r\n", Status::kBad, ""},
      {" 1\r\nx\r\n", Status::kBad, ""},
      {"1 \r\nx\r\n", Status::kBad, ""},
      {"0x1\r\nx\r\n", Status::kBad, ""},
      {"g\r\n", Status::kBad, ""},
      {"1\nx\n0\n\n", Status::kBad, ""},
      {"1\r\nx\n0\r\n\r\n", Status::kBad, "x"},
      {"1\rx", Status::kBad, ""},
      {"1\r\nxX0\r\n\r\n", Status::kBad, "x"},
      {"1\r\nx\r0", Status::kBad, "x"},
      {"1;a\nb\r\nx\r\n", Status::kBad, ""},
      {std::string("1;\0\r\n", 5), Status::kBad, ""},
      {"1;" + overhead, Status::kBad, ""},
      {"0\r\nA : b\r\n\r\n", Status::kBad, ""},
      {"0\r\n A: b\r\n\r\n", Status::kBad, ""},
      {"0\r\nA\r\n\r\n", Status::kBad, ""},
      {"0\r\n:b\r\n\r\n", Status::kBad, ""},
      {"0\r\nA: b\n\r\n", Status::kBad, ""},
      {"0\r\nA: \x01\r\n\r\n", Status::kBad, ""},
      {"0\r\nA: " + overhead, Status::kBad, ""},
      {"0\r\n\rx", Status::kBad, ""},
      {"3e9\r\n", Status::kTooLarge, ""},
      {"ffffffffffffffff\r\n", Status::kTooLarge, ""},
      {"1\r\nx\r\nffffffffffffffff\r\n", Status::kTooLarge, "x"},
      {"1\r\nx\r\n3e8\r\n", Status::kTooLarge, "x"},
  };
  for (const auto& one : cases) {
    for (const std::size_t piece : {1000000U, 1U, 2U, 3U, 7U}) {
      const Decoded out = decode(one.text, piece);
      EXPECT_EQ(out.status, one.status) << one.text << " in pieces of " << piece;
      EXPECT_EQ(out.body, one.body) << one.text << " in pieces of " << piece;
    }
  }
}

TEST(ChunkedDecoder, LeavesWhatFollowsTheBody) {
  EXPECT_EQ(decode("1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1", 1000).consumed, 11u);
}

TEST(ChunkedDecoder, TakesABodyOfExactlyTheLimit) {
  EXPECT_EQ(decode("2\r\nxx\r\n1\r\nx\r\n0\r\n\r\n", 1, 3).status, Status::kDone);
  EXPECT_EQ(decode("2\r\nxx\r\n1\r\nx\r\n0\r\n\r\n", 1, 2).status, Status::kTooLarge);
}

}  // namespace
}  // namespace rs::http
