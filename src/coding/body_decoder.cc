#include "coding/body_decoder.h"

#include <algorithm>
#include <cstdint>
#include <new>

#include <brotli/decode.h>
#include <zlib.h>

namespace rs::coding {
namespace {

constexpr std::size_t kKeep = 256 * 1024;  // A larger buffer is given back by release().

// Room for the next decoded bytes: one byte over the limit is enough to know that it is passed.
std::size_t next_room(const ByteBuffer& decoded, std::size_t bytes_max) {
  constexpr std::size_t kPiece = 16 * 1024;
  return std::min(kPiece, bytes_max + 1 - decoded.size());
}

bool ran_out_of_memory(BrotliDecoderErrorCode error) {
  return error <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
         error >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES;
}

}  // namespace

struct BodyDecoder::Inflate {
  z_stream stream{};
  bool ready = false;

  ~Inflate() {
    if (ready) inflateEnd(&stream);
  }
  // 15 + 16: the largest window, and gzip's frame only (zlib.h).
  void reset() {
    const int result = ready ? inflateReset(&stream) : inflateInit2(&stream, 15 + 16);
    if (result != Z_OK) throw std::bad_alloc();
    ready = true;
  }
};

BodyDecoder::BodyDecoder() : inflate_(std::make_unique<Inflate>()) {}
BodyDecoder::~BodyDecoder() = default;

BodyDecoder::Status BodyDecoder::decode(Coding coding, std::string_view body,
                                        std::size_t bytes_max) {
  decoded_.clear();
  decoded_.reserve(1);
  if (body.empty()) return Status::kDone;
  if (coding == Coding::kGzip) return decode_gzip(body, bytes_max);
  return decode_brotli(body, bytes_max);
}

void BodyDecoder::release() {
  if (decoded_.capacity() > kKeep) decoded_.release();
}

BodyDecoder::Status BodyDecoder::decode_gzip(std::string_view body, std::size_t bytes_max) {
  inflate_->reset();
  z_stream& stream = inflate_->stream;
  // zlib reads this only; its interface is older than const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  for (;;) {
    const std::size_t room = next_room(decoded_, bytes_max);
    stream.next_out = reinterpret_cast<Bytef*>(decoded_.reserve(room));
    stream.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream, Z_NO_FLUSH);
    if (result == Z_MEM_ERROR) throw std::bad_alloc();  // The window is allocated when needed.
    decoded_.extend(room - stream.avail_out);
    if (decoded_.size() > bytes_max) return Status::kTooLarge;
    if (result == Z_STREAM_END) {
      if (stream.avail_in == 0) return Status::kDone;
      // Another member may follow (RFC 1952, section 2.2); anything else fails there.
      if (inflateReset(&stream) != Z_OK) return Status::kBad;
    } else if (result != Z_OK) {
      return Status::kBad;  // Z_BUF_ERROR too: the input ends too early.
    }
  }
}

BodyDecoder::Status BodyDecoder::decode_brotli(std::string_view body, std::size_t bytes_max) {
  const std::unique_ptr<BrotliDecoderState, decltype(&BrotliDecoderDestroyInstance)> state(
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), &BrotliDecoderDestroyInstance);
  if (!state) throw std::bad_alloc();
  const auto* in = reinterpret_cast<const std::uint8_t*>(body.data());
  std::size_t in_left = body.size();
  for (;;) {
    const std::size_t room = next_room(decoded_, bytes_max);
    auto* out = reinterpret_cast<std::uint8_t*>(decoded_.reserve(room));
    std::size_t out_left = room;
    const auto result =
        BrotliDecoderDecompressStream(state.get(), &in_left, &in, &out_left, &out, nullptr);
    decoded_.extend(room - out_left);
    if (decoded_.size() > bytes_max) return Status::kTooLarge;
    if (result == BROTLI_DECODER_RESULT_SUCCESS) {
      return in_left == 0 ? Status::kDone : Status::kBad;
    }
    if (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) continue;
    if (ran_out_of_memory(BrotliDecoderGetErrorCode(state.get()))) throw std::bad_alloc();
    return Status::kBad;
  }
}

}  // namespace rs::coding
