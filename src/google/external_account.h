#pragma once
// Workload identity federation: a token of somebody else (a file that Kubernetes or GitHub keeps
// fresh, or a URL that answers one) is exchanged for Google's at the Security Token Service
// (RFC 8693, google.aip.dev/auth/4117). Sources that run programs or sign AWS requests are refused
// by name.

#include <memory>

#include "base/result.h"
#include "google/json.h"
#include "google/token.h"

namespace rs::google {

[[nodiscard]] Result<std::unique_ptr<TokenFetcher>> external_account_tokens(const Json& document);

}  // namespace rs::google
