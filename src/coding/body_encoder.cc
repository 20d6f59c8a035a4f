#include "coding/body_encoder.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#include <brotli/encode.h>
#include <zlib.h>

namespace rs::coding {
namespace {

constexpr int kBrotliQuality = 4;
constexpr int kGzipLevel = 6;
constexpr std::size_t kKeep = 256 * 1024;  // A larger buffer is given back at the next call.

}  // namespace

struct BodyEncoder::Deflate {
  z_stream stream{};
  bool ready = false;

  ~Deflate() {
    if (ready) deflateEnd(&stream);
  }
  // 15 + 16: the largest window, in gzip's frame; 8 is zlib's default for memory (zlib.h).
  bool reset() {
    if (ready) return deflateReset(&stream) == Z_OK;
    ready = deflateInit2(&stream, kGzipLevel, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK;
    return ready;
  }
};

BodyEncoder::BodyEncoder() : deflate_(std::make_unique<Deflate>()) {}
BodyEncoder::~BodyEncoder() = default;

std::string_view BodyEncoder::encode(Coding coding, std::string_view body) {
  if (encoded_.capacity() > kKeep) std::string().swap(encoded_);
  if (coding == Coding::kIdentity || body.empty()) return {};
  encoded_.resize(body.size() - 1);  // Whatever does not fit is not worth sending.
  const bool shorter = coding == Coding::kGzip ? encode_gzip(body) : encode_brotli(body);
  return shorter ? std::string_view(encoded_) : std::string_view{};
}

bool BodyEncoder::encode_gzip(std::string_view body) {
  if (!deflate_->reset()) return false;
  z_stream& stream = deflate_->stream;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(encoded_.data());
  stream.avail_out = static_cast<uInt>(encoded_.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) return false;
  encoded_.resize(stream.total_out);
  return true;
}

bool BodyEncoder::encode_brotli(std::string_view body) {
  const int window = std::clamp(static_cast<int>(std::bit_width(body.size())),
                                BROTLI_MIN_WINDOW_BITS, BROTLI_DEFAULT_WINDOW);
  std::size_t size = encoded_.size();
  if (BrotliEncoderCompress(kBrotliQuality, window, BROTLI_MODE_TEXT, body.size(),
                            reinterpret_cast<const std::uint8_t*>(body.data()), &size,
                            reinterpret_cast<std::uint8_t*>(encoded_.data())) != BROTLI_TRUE) {
    return false;
  }
  encoded_.resize(size);
  return true;
}

}  // namespace rs::coding
