#pragma once
// Tokens of a person: what `gcloud auth application-default login` leaves behind, a refresh token.

#include <memory>

#include "base/result.h"
#include "google/json.h"
#include "google/token.h"

namespace rs::google {

[[nodiscard]] Result<std::unique_ptr<TokenFetcher>> authorized_user_tokens(const Json& document);

}  // namespace rs::google
