#pragma once
// HTTP requests to Google's REST services, token endpoints and the metadata server.
// One request, one answer; never follows a redirect, because requests carry credentials; answers
// are bounded. An Error means that there was no answer at all, and is retryable; a status of 4xx or
// 5xx is an answer. Thread-safe: each call has its own libcurl handle. Calls wait, for an answer or
// for HttpRequest::stop; they are for threads that may.

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace rs::google {

struct HttpRequest {
  std::string method = "GET";
  std::string url{};
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};
  std::chrono::milliseconds timeout{30'000};  // For everything, from the name to the last byte.
  bool through_proxy = true;                  // As https_proxy and no_proxy say.
  std::stop_token stop{};                     // Ends it, whatever it waits for.
};

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // Names in lower case.
  std::string body;

  // The first value of this header (name in lower case), or an empty text.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

// Of an answer; more is an Error. Listing and errors are a few kB, the widest table under 1 MB.
inline constexpr std::size_t kHttpBodyMax = 16 * 1024 * 1024;

[[nodiscard]] Result<HttpResponse> send(const HttpRequest& request);

// `text` for a query or a form: everything but letters, digits and -._~ as %XX.
[[nodiscard]] std::string percent_encode(std::string_view text);

// "https://host" of an URL, for messages: what lies behind may be private.
[[nodiscard]] std::string origin_of(std::string_view url);

}  // namespace rs::google
