#pragma once
// The target of a request line: origin-form, absolute-form and `*` (RFC 9112, section 3.2).

#include <string_view>

#include "http/message.h"

namespace rs::http {

// Sets path and query, and Known::kHost if the target names a host: it then counts more than the
// field. `target` is not empty and holds
// visible ASCII without '#' only. False: the target is malformed.
[[nodiscard]] bool split_target(std::string_view target, Request& request);

// A host with or without a port, of the characters that may occur there. Empty is valid.
[[nodiscard]] bool is_valid_host(std::string_view host);

}  // namespace rs::http
