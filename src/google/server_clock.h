#pragma once
// Whether this machine's clock is the reason that Google does not accept a token.

#include <string>

#include "google/http_client.h"

namespace rs::google {

// Compares the header Date of `response` with this machine's clock. When they differ by a minute
// or more, a sentence to end an error message with; otherwise empty.
[[nodiscard]] std::string clock_remedy(const HttpResponse& response);

}  // namespace rs::google
