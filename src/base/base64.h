#pragma once
// Base64 with padding (RFC 4648 section 4), for bytes that must live inside JSON text.

#include <optional>
#include <string>
#include <string_view>

namespace rs {

void append_base64(std::string& out, std::string_view bytes);

// Nothing unless `text` is complete, padded base64 without blanks.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace rs
