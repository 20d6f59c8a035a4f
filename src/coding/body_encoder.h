#pragma once
// Puts a content coding (gzip, br) on a response body.
// One per thread: zlib's state and the output buffer are kept from body to body. brotli 1.0 cannot
// reset an encoder, so that one is made anew with the smallest window that holds the body.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "coding/content_coding.h"

namespace rs::coding {

// Shorter bodies gain nothing.
inline constexpr std::size_t kEncodedBodyMin = 100;  // Bytes.

class BodyEncoder {
 public:
  BodyEncoder();
  ~BodyEncoder();
  BodyEncoder(const BodyEncoder&) = delete;
  BodyEncoder& operator=(const BodyEncoder&) = delete;

  // Valid until the next call. Empty when the coding would not make `body` shorter.
  std::string_view encode(Coding coding, std::string_view body);

 private:
  bool encode_gzip(std::string_view body);
  bool encode_brotli(std::string_view body);

  struct Deflate;  // Keeps zlib.h out of here.
  std::unique_ptr<Deflate> deflate_;
  std::string encoded_;
};

}  // namespace rs::coding
