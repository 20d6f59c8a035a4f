#pragma once
// Reads the requests of one connection out of its bytes, however these arrive in pieces.
// Knows no socket: the caller shows it all bytes from the start of the request it is at, again
// with more of them until the request is whole.
//
//   kMore     keep the first kept() bytes, append what comes next, and ask again
//   kReady    head.request is whole; the next request starts consumed() bytes later
//   kRefused  answer refusal() and read no further request
//
// A head is parsed again from its start when its request was not whole at first: its size has a
// limit, and nothing has to be remembered between two calls but a few numbers.

#include <cstddef>
#include <cstdint>

#include "coding/content_coding.h"
#include "http/chunked.h"
#include "http/request_head.h"

namespace rs::http {

class RequestReader {
 public:
  enum class Status : std::uint8_t { kMore, kReady, kRefused };

  // Chunked bodies are put together in place, so `bytes` is written to. kBodyPadding readable
  // bytes follow it. Bodies larger than `body_bytes_max` are refused before they are read.
  Status read(char* bytes, std::size_t size, std::size_t body_bytes_max, Head& head);

  [[nodiscard]] std::size_t kept() const { return kept_; }
  [[nodiscard]] std::size_t consumed() const { return consumed_; }
  [[nodiscard]] Refusal refusal() const { return refusal_; }
  // Of the body of the request last ready; taken off by whoever uses the body.
  [[nodiscard]] coding::Coding coding() const { return coding_; }
  // After kReady, instead of going on consumed() bytes later: read() will be shown the same bytes,
  // perhaps with more behind them, and will say kReady again.
  void hold_back() { phase_ = Phase::kWhole; }
  // After kMore: the head is whole and the body is awaited.
  [[nodiscard]] bool in_body() const { return phase_ != Phase::kHead; }
  // After kMore: how many more bytes would make the request whole, if that is known; else 0.
  [[nodiscard]] std::size_t missing() const { return missing_; }
  // After kMore, once for each request that asks for it: send "100 Continue".
  [[nodiscard]] bool take_continue();
  // While in_body(): reads the head once more, because `head` served other connections since.
  bool parse_again(const char* bytes, std::size_t size, Head& head) const;

 private:
  enum class Phase : std::uint8_t { kHead, kSized, kChunked, kWhole };

  Status read_head(char* bytes, std::size_t size, std::size_t body_bytes_max, Head& head);
  Status read_sized(const char* bytes, std::size_t size, Head& head);
  Status read_chunks(char* bytes, std::size_t size, std::size_t body_bytes_max, Head& head);
  Status read_whole(const char* bytes, std::size_t size, Head& head);
  Status more(std::size_t kept);
  Status ready(std::size_t consumed);
  Status refuse(Refusal refusal);
  Phase phase_ = Phase::kHead;
  Refusal refusal_ = Refusal::kBadRequest;
  coding::Coding coding_ = coding::Coding::kIdentity;
  bool continue_ = false;
  std::size_t kept_ = 0, consumed_ = 0, missing_ = 0;
  std::size_t start_ = 0;   // Of the head: behind an empty line that may precede a request.
  std::size_t body_ = 0;    // Where the body starts.
  std::size_t length_ = 0;  // Of a sized body; of a chunked one, what has come without its chunks.
  ChunkedDecoder chunks_;
};

}  // namespace rs::http
