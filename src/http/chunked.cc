#include "http/chunked.h"

#include <algorithm>
#include <cstring>

#include "http/characters.h"

namespace rs::http {

ChunkedDecoder::Step ChunkedDecoder::decode(char* out, const char* in, std::size_t size,
                                            std::size_t bytes_max) {
  std::size_t consumed = 0, produced = 0;
  while (consumed < size) {
    if (state_ == State::kContent) {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, size - consumed));
      std::memmove(out + produced, in + consumed, count);
      consumed += count;
      produced += count;
      left_ -= count;
      if (left_ == 0) state_ = State::kContentReturn;
      continue;
    }
    const Status status = take(in[consumed++], bytes_max);
    if (status != Status::kMore) return {status, consumed, produced};
  }
  return {Status::kMore, consumed, produced};
}

ChunkedDecoder::Status ChunkedDecoder::take(char c, std::size_t bytes_max) {
  switch (state_) {
    case State::kFirstDigit:
    case State::kDigits:
    case State::kExtension:
    case State::kSizeFeed:
      return take_size(c, bytes_max);
    case State::kContent:
      break;  // Copied by decode().
    case State::kContentReturn:
      return c == '\r' ? become(State::kContentFeed) : Status::kBad;
    case State::kContentFeed:
      return c == '\n' ? become(State::kFirstDigit) : Status::kBad;
    case State::kTrailerStart:
    case State::kTrailerName:
    case State::kTrailerValue:
    case State::kTrailerFeed:
      return take_trailer(c);
    case State::kLastFeed:
      if (c != '\n') return Status::kBad;
      state_ = State::kDone;
      return Status::kDone;
    case State::kDone:
      break;
  }
  return Status::kBad;
}

ChunkedDecoder::Status ChunkedDecoder::take_size(char c, std::size_t bytes_max) {
  if (state_ == State::kSizeFeed) {
    if (c != '\n') return Status::kBad;
    return become(left_ == 0 ? State::kTrailerStart : State::kContent);
  }
  if (state_ == State::kExtension) {
    if (c == '\r') return become(State::kSizeFeed);
    return is_control(c) && c != '\t' ? Status::kBad : take_overhead(State::kExtension);
  }
  if (const int digit = hex_value(c); digit >= 0) {
    if (state_ == State::kFirstDigit) left_ = digits_ = 0;
    if (++digits_ > kDigitsMax) return Status::kBad;
    left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
    if (left_ > bytes_max || total_ + left_ > bytes_max) return Status::kTooLarge;
    return become(State::kDigits);
  }
  if (state_ == State::kFirstDigit) return Status::kBad;
  if (c != '\r' && c != ';') return Status::kBad;
  total_ += left_;
  return become(c == '\r' ? State::kSizeFeed : State::kExtension);
}

ChunkedDecoder::Status ChunkedDecoder::take_trailer(char c) {
  switch (state_) {
    case State::kTrailerStart:
      if (c == '\r') return become(State::kLastFeed);
      return is_token(c) ? take_overhead(State::kTrailerName) : Status::kBad;
    case State::kTrailerName:
      if (c == ':') return become(State::kTrailerValue);
      return is_token(c) ? take_overhead(State::kTrailerName) : Status::kBad;
    case State::kTrailerValue:
      if (c == '\r') return become(State::kTrailerFeed);
      return is_control(c) && c != '\t' ? Status::kBad : take_overhead(State::kTrailerValue);
    default:
      return c == '\n' ? become(State::kTrailerStart) : Status::kBad;
  }
}

// Counts a byte that is neither content nor line end.
ChunkedDecoder::Status ChunkedDecoder::take_overhead(State state) {
  return ++overhead_ > kOverheadMax ? Status::kBad : become(state);
}

}  // namespace rs::http
