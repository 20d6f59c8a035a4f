#pragma once
// Tokens from a service account's key file: JWTs that we sign ourselves and that Google's services
// take as they are (google.aip.dev/auth/4111). No server is asked, so there is none to be down.

#include <memory>

#include "base/result.h"
#include "google/json.h"
#include "google/token.h"

namespace rs::google {

// `key` is the key file. Signs once, so that a key that cannot is found at the start.
[[nodiscard]] Result<std::unique_ptr<TokenFetcher>> service_account_tokens(const Json& key);

}  // namespace rs::google
