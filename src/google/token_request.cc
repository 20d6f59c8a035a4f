#include "google/token_request.h"

#include <algorithm>
#include <charconv>
#include <ctime>

#include <fmt/format.h>

#include "google/server_clock.h"

namespace rs::google {
namespace {

std::string reason_of(const HttpResponse& response) {
  const auto json = Json::parse(response.body);
  if (!json) return "no explanation";
  // OAuth2 says {"error": "...", "error_description": "..."}, the APIs {"error": {"message":
  // "..."}}.
  auto reason = json->text("/error/message");
  if (!reason.empty()) return reason;
  reason = json->text("/error");
  const auto more = json->text("/error_description");
  return more.empty() ? reason : fmt::format("{}: {}", reason, more);
}

// No service issues tokens for longer; and what a server says must not overflow.
constexpr std::int64_t kLifeMost = 86'400;

WallClock::time_point after(WallClock::time_point now, std::int64_t seconds) {
  return now + std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, kLifeMost));
}

// Seconds until "2026-01-15T10:30:45Z", perhaps with a fraction.
Result<std::int64_t> seconds_until(const std::string& text, WallClock::time_point now) {
  std::tm parts{};
  if (strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts) == nullptr) {
    return fail(ErrorCode::kUnavailable, "the answer's expireTime is no time");
  }
  return timegm(&parts) - WallClock::to_time_t(now);
}

}  // namespace

std::string form(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    out += percent_encode(name) + '=' + percent_encode(value);
  }
  return out;
}

Result<Token> request_token(const HttpRequest& request, WallClock::time_point now) {
  RS_TRY(const auto response, send(request));
  const auto who = origin_of(request.url);
  if (response.status != 200) {
    const bool refused = response.status >= 400 && response.status < 500 &&
                         response.status != 408 && response.status != 429;
    return fail(refused ? ErrorCode::kRefused : ErrorCode::kUnavailable,
                fmt::format("{} issues no token: {} {}{}", who, response.status,
                            reason_of(response), clock_remedy(response)));
  }
  const auto json = Json::parse(response.body);
  if (!json) return fail(ErrorCode::kUnavailable, fmt::format("{} answers no token", who));
  Token token{json->text("/access_token"), {}};
  if (token.value.empty()) token.value = json->text("/accessToken");
  if (token.value.empty()) {
    return fail(ErrorCode::kUnavailable, fmt::format("{} answers no token", who));
  }
  if (json->has("/expireTime")) {
    RS_TRY(const auto life, seconds_until(json->text("/expireTime"), now));
    token.expires = after(now, life);
    return token;
  }
  const auto life = json->text("/expires_in");
  std::int64_t seconds = 0;
  if (std::from_chars(life.data(), life.data() + life.size(), seconds).ec != std::errc{}) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("{} does not say how long its token is good", who));
  }
  token.expires = after(now, seconds);
  return token;
}

Result<std::string> required(const Json& json, std::string_view member) {
  auto text = json.text(fmt::format("/{}", member));
  if (text.empty()) {
    return fail(ErrorCode::kRefused, fmt::format("it has no \"{}\"", member));
  }
  return text;
}

}  // namespace rs::google
