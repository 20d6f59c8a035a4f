#pragma once
// The content codings spoken here, and which one a client wants its answer in.

#include <cstdint>
#include <optional>
#include <string_view>

namespace rs::coding {

enum class Coding : std::uint8_t { kIdentity, kGzip, kBrotli };

// One coding of a Content-Encoding field; nothing for an unknown one or a list.
[[nodiscard]] std::optional<Coding> parse_coding(std::string_view name);

// As Content-Encoding says it.
[[nodiscard]] constexpr std::string_view coding_name(Coding coding) {
  switch (coding) {
    case Coding::kGzip:
      return "gzip";
    case Coding::kBrotli:
      return "br";
    case Coding::kIdentity:
      break;
  }
  return "identity";
}

// The best coding that an Accept-Encoding field allows: the highest quality, br before gzip when
// equal. Identity when none is acceptable, as a plain answer is better than none.
[[nodiscard]] Coding choose_coding(std::string_view accept_encoding);

}  // namespace rs::coding
