#pragma once
// Takes the content coding (gzip, br) off a request body, up to a limit.
// One per thread. zlib's state is kept from body to body; brotli 1.0 cannot reset a decoder, so
// that one is made anew.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "coding/byte_buffer.h"
#include "coding/content_coding.h"

namespace rs::coding {

class BodyDecoder {
 public:
  BodyDecoder();
  ~BodyDecoder();
  BodyDecoder(const BodyDecoder&) = delete;
  BodyDecoder& operator=(const BodyDecoder&) = delete;

  enum class Status : std::uint8_t { kDone, kBad, kTooLarge };

  // Decoding stops as soon as there are more than `bytes_max` bytes. An empty body stays empty.
  // Throws std::bad_alloc when there is no memory for it.
  Status decode(Coding coding, std::string_view body, std::size_t bytes_max);

  // What decode() made; valid until the next call, ByteBuffer::kPadding readable bytes behind it.
  [[nodiscard]] std::string_view decoded() const { return decoded_.view(); }
  // Of the buffer that decoded() is in.
  [[nodiscard]] std::size_t capacity() const { return decoded_.capacity(); }
  // decoded() is not needed any more: a large buffer is given back.
  void release();

 private:
  Status decode_gzip(std::string_view body, std::size_t bytes_max);
  Status decode_brotli(std::string_view body, std::size_t bytes_max);

  struct Inflate;  // Keeps zlib.h out of here.
  std::unique_ptr<Inflate> inflate_;
  ByteBuffer decoded_;
};

}  // namespace rs::coding
