#pragma once
// Tokens of a service account that other credentials may act as: generateAccessToken of the IAM
// Credentials API (cloud.google.com/iam/docs/create-short-lived-credentials-direct).

#include <memory>
#include <string>
#include <vector>

#include "google/token.h"

namespace rs::google {

// `url` ends in :generateAccessToken. `delegates` are accounts in between, each as full name.
[[nodiscard]] std::unique_ptr<TokenFetcher> impersonated_tokens(
    std::unique_ptr<TokenFetcher> source, std::string url,
    const std::vector<std::string>& delegates);

}  // namespace rs::google
