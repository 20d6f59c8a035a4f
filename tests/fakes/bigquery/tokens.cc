#include "fakes/bigquery/tokens.h"

#include <cstdlib>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/text.h"
#include "fakes/bigquery/catalog.h"
#include "fakes/bigquery/json.h"

namespace rs::fakes {
namespace {

std::int64_t now_seconds() {
  return now_micros() / 1'000'000;
}

std::string from_base64url(std::string_view text) {
  std::string padded(text);
  for (char& c : padded) c = c == '-' ? '+' : c == '_' ? '/' : c;
  while (padded.size() % 4 != 0) padded += '=';
  return decode_base64(padded).value_or("");
}

// RFC 7519; Google takes at most an hour, and scope in place of aud (bigquery.md 4.1).
std::string jwt_problem(std::string_view token) {
  static_cast<void>(take_until(token, '.'));  // The header.
  const auto claims = Json::parse(from_base64url(take_until(token, '.')));
  if (!claims) return "the token is unknown and no JWT";
  const auto seconds = [&](std::string_view key) {
    return std::atoll(std::string(claims->text(key)).c_str());
  };
  const std::int64_t now = now_seconds(), issued = seconds("iat"), expires = seconds("exp");
  if (issued > now) return fmt::format("the JWT was issued {} s from now", issued - now);
  if (expires <= now) return fmt::format("the JWT expired {} s ago", now - expires);
  if (expires - issued > 3600) return "the JWT lives longer than an hour";
  const bool meant = claims->text("aud").find("bigquery") != std::string_view::npos ||
                     claims->text("scope").find("/auth/") != std::string_view::npos;
  return meant ? "" : "the JWT is neither for an audience nor a scope of BigQuery";
}

}  // namespace

std::string Tokens::issue() {
  const MutexLock lock(mutex_);
  std::string token = fmt::format("fake-token-{}", ++count_);
  expiry_[token] = now_seconds() + lifetime_.count();
  return token;
}

void Tokens::expire() {
  const MutexLock lock(mutex_);
  for (auto& [token, expiry] : expiry_) expiry = 0;
}

std::string Tokens::problem(std::string_view authorization) const {
  constexpr std::string_view kBearer = "bearer ";
  if (!equals_ignoring_case(authorization.substr(0, kBearer.size()), kBearer))
    return "there is no bearer token";
  const std::string_view token = authorization.substr(kBearer.size());
  const MutexLock lock(mutex_);
  const auto at = expiry_.find(token);
  if (at == expiry_.end()) return jwt_problem(token);
  return at->second > now_seconds() ? "" : "the token has expired";
}

}  // namespace rs::fakes
