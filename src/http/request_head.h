#pragma once
// Second stage of reading a request head: from the masks of head_scan.h to a Request.
// The rules are RFC 9112's, each in its strict reading, because what two servers read differently
// is how requests are smuggled: CRLF only, no blank before a colon, no continued lines, one Host,
// one Content-Length, no Transfer-Encoding but one `chunked` and never beside a length.
// Nothing is copied: a Head's views point into the bytes it was read from.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/head_scan.h"
#include "http/message.h"

namespace rs::http {

inline constexpr std::size_t kFieldsMax = 100;

// One per thread, reused. 100 KiB, of which a usual head touches 4.
struct Head {
  std::size_t bytes_max = 64 * 1024;  // At most kHeadBytesMost; parse_head() leaves it as it is.
  Request request;                    // Without body and peer_address.
  std::size_t size = 0;               // Bytes of the head, its empty line included.
  std::uint64_t content_length = 0;   // Saturates: a number too large for 64 bits is the largest.
  bool has_length = false;
  bool chunked = false;
  bool keep_alive = false;  // What the client asked for.
  bool is_http10 = false;
  bool expects_continue = false;

  std::array<Header, kFieldsMax> fields;  // Behind request.headers.
  ScanKernel scan = scan_kernels().front().scan;
  HeadScan masks;
};

enum class HeadStatus : std::uint8_t {
  kComplete,
  kIncomplete,
  kBad,             // 400
  kTooLarge,        // 431: more than Head::bytes_max bytes or kFieldsMax fields.
  kNotImplemented,  // 501: a Transfer-Encoding other than `chunked`.
  kVersion,         // 505
};

// kBodyPadding readable bytes follow `bytes`. Unless kIncomplete, head.request holds what was
// understood before the reading stopped.
[[nodiscard]] HeadStatus parse_head(const char* bytes, std::size_t size, Head& head);

// Puts into head.request what can be understood of a head that is not whole or not right: the
// method, the path, and the known fields, up to the first line that is not well formed. For the
// answer to a refused request only: a script can read it when its Origin is known.
void read_part_of_head(std::string_view bytes, Head& head);

}  // namespace rs::http
