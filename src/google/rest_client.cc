#include "google/rest_client.h"

#include <utility>

#include <fmt/format.h>

#include "google/http_client.h"
#include "google/server_clock.h"

namespace rs::google {
namespace {

// Reasons for which a 403 passes with time (cloud.google.com/bigquery/docs/error-messages).
bool passes(const RestError& error) {
  return error.status == 429 || error.status >= 500 || error.status == 408 ||
         (error.status == 403 &&
          (error.reason == "rateLimitExceeded" || error.reason == "quotaExceeded" ||
           error.reason == "userRateLimitExceeded"));
}

ErrorCode code_of(const RestError& error) {
  if (passes(error)) return ErrorCode::kUnavailable;
  if (error.status == 404) return ErrorCode::kNotFound;
  return ErrorCode::kRefused;
}

RestError error_of(const HttpResponse& response, const std::string& base_url) {
  RestError error;
  error.status = response.status;
  std::string message;
  if (const auto json = Json::parse(response.body)) {
    error.reason = json->text("/error/errors/0/reason");
    message = json->text("/error/message");
  }
  if (message.empty()) message = "no explanation";
  error.error.code = code_of(error);
  error.error.message = fmt::format("{} answered {}{}{}: {}", origin_of(base_url), response.status,
                                    error.reason.empty() ? "" : " ", error.reason, message);
  if (response.status == 401) error.error.message += clock_remedy(response);
  return error;
}

}  // namespace

RestResult<Json> RestClient::call(const RestRequest& request) const {
  for (int attempt = 1;; ++attempt) {
    HttpRequest http{.method = request.method,
                     .url = base_url_ + request.path,
                     .headers = {{"Accept", "application/json"}},
                     .body = request.body,
                     .stop = request.stop};
    if (!request.body.empty()) http.headers.emplace_back("Content-Type", "application/json");
    if (!request.if_match.empty()) http.headers.emplace_back("If-Match", request.if_match);
    std::string token;
    if (tokens_) {
      auto got = tokens_->token(request.stop);
      if (!got) return tl::unexpected(RestError{0, "", got.error()});
      token = *std::move(got);
      http.headers.emplace_back("Authorization", "Bearer " + token);
      if (!tokens_->quota_project().empty()) {
        http.headers.emplace_back("x-goog-user-project", tokens_->quota_project());
      }
    }
    const auto response = send(http);
    if (!response) return tl::unexpected(RestError{0, "", response.error()});
    if (response->status == 401 && tokens_ && attempt == 1) {
      tokens_->refused(token);
      continue;
    }
    if (response->status < 200 || response->status > 299) {
      return tl::unexpected(error_of(*response, base_url_));
    }
    auto json = Json::parse(response->body.empty() ? "{}" : response->body);
    if (!json) {
      return tl::unexpected(RestError{
          response->status,
          "",
          {ErrorCode::kUnavailable, fmt::format("{} answered with what is {}", origin_of(base_url_),
                                                json.error().message)}});
    }
    return *std::move(json);
  }
}

}  // namespace rs::google
