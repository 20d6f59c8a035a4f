#pragma once
// Takes the chunked transfer coding off a body (RFC 9112, section 7.1), piece by piece, in place.
// Strict: CRLF only, hexadecimal digits without sign or prefix, no control characters in
// extensions or trailers. Extensions and trailers are read, checked and dropped.
// Allocates nothing; one object per body.

#include <cstddef>
#include <cstdint>

namespace rs::http {

class ChunkedDecoder {
 public:
  enum class Status : std::uint8_t { kMore, kDone, kBad, kTooLarge };
  struct Step {
    Status status;
    std::size_t consumed;  // Of the input; all of it unless done or failed.
    std::size_t produced;  // Decoded bytes written.
  };

  static constexpr std::size_t kOverheadMax = 16 * 1024;  // Bytes of extensions and trailers.
  static constexpr std::size_t kDigitsMax = 16;           // Of a size, leading zeros included.

  // `out` may be `in` or lie before it. More than `bytes_max` decoded bytes in all: kTooLarge,
  // as soon as a chunk says so.
  Step decode(char* out, const char* in, std::size_t size, std::size_t bytes_max);

 private:
  enum class State : std::uint8_t {
    kFirstDigit,
    kDigits,
    kExtension,
    kSizeFeed,
    kContent,
    kContentReturn,
    kContentFeed,
    kTrailerStart,
    kTrailerName,
    kTrailerValue,
    kTrailerFeed,
    kLastFeed,
    kDone
  };

  Status take(char c, std::size_t bytes_max);
  Status take_size(char c, std::size_t bytes_max);
  Status take_trailer(char c);
  Status take_overhead(State state);
  Status become(State state) {
    state_ = state;
    return Status::kMore;
  }

  State state_ = State::kFirstDigit;
  std::uint64_t left_ = 0;   // Of the chunk being read.
  std::uint64_t total_ = 0;  // Decoded bytes announced so far.
  std::uint32_t overhead_ = 0;
  std::uint32_t digits_ = 0;  // Of the size being read.
};

}  // namespace rs::http
