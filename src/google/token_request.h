#pragma once
// Asks a token endpoint for a token and understands its answer: OAuth2 (RFC 6749, section 5), the
// Security Token Service, and generateAccessToken of the IAM Credentials API.

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "google/http_client.h"
#include "google/json.h"
#include "google/token.h"

namespace rs::google {

// Body of a form, percent-encoded.
[[nodiscard]] std::string form(const std::vector<std::pair<std::string, std::string>>& fields);

// An answer with access_token and expires_in, or accessToken and expireTime. 400, 401, 403 and 404
// mean that these credentials will never do (kRefused, with the server's reason and, when it may be
// the clock, its remedy); everything else is worth another try.
[[nodiscard]] Result<Token> request_token(const HttpRequest& request, WallClock::time_point now);

// The text of this member of a credential document, or an Error that it is missing.
[[nodiscard]] Result<std::string> required(const Json& json, std::string_view member);

}  // namespace rs::google
