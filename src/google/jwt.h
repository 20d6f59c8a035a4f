#pragma once
// JSON Web Tokens signed with an RSA key (RFC 7515, RS256): how a service account proves itself.

#include <string>
#include <string_view>

#include "base/result.h"

namespace rs::google {

// header.claims.signature, each in base64url. `header` and `claims` are JSON; the key is PEM
// (PKCS#8 or PKCS#1). kInvalidInput when the key cannot be used; no message holds any of it.
[[nodiscard]] Result<std::string> sign_jwt(std::string_view header, std::string_view claims,
                                           std::string_view private_key);

}  // namespace rs::google
