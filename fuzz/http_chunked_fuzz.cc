// Chunked bodies: in pieces of any size the result is that of one piece, within the limits.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/chunked.h"

namespace {

using rs::http::ChunkedDecoder;
constexpr std::size_t kBodyMax = 300;

struct Decoded {
  ChunkedDecoder::Status status = ChunkedDecoder::Status::kMore;
  std::string body;
  std::size_t consumed = 0;
  bool operator==(const Decoded&) const = default;
};

// In place, as the server does it. `piece` 0 means all at once.
Decoded decode(std::string text, std::size_t piece) {
  ChunkedDecoder decoder;
  Decoded out;
  std::size_t written = 0;
  while (out.consumed < text.size() && out.status == ChunkedDecoder::Status::kMore) {
    const std::size_t left = text.size() - out.consumed;
    const std::size_t size = piece == 0 || piece > left ? left : piece;
    const auto step =
        decoder.decode(text.data() + written, text.data() + out.consumed, size, kBodyMax);
    if (step.produced > step.consumed || step.consumed > size) std::abort();
    out.status = step.status;
    out.consumed += step.consumed;
    written += step.produced;
  }
  out.body = text.substr(0, written);
  if (written > kBodyMax) std::abort();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Decoded whole = decode(text, 0);
  for (const std::size_t piece : {1U, 2U, 5U, 17U}) {
    if (!(decode(text, piece) == whole)) std::abort();
  }
  return 0;
}
