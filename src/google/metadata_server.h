#pragma once
// Tokens of the account that a Google Cloud machine, Cloud Run service or GKE pod runs as, from the
// server that is only there (cloud.google.com/compute/docs/metadata/overview).

#include <memory>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "google/token.h"

namespace rs::google {

// `host` such as "metadata.google.internal". Asks once whether it is there, for a second at most or
// until `stop`; kNotFound when it is not.
[[nodiscard]] Result<std::unique_ptr<TokenFetcher>> metadata_server_tokens(
    const std::string& host, const std::stop_token& stop);

}  // namespace rs::google
