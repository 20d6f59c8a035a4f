#include "pages/health.h"

#include "base/text.h"

namespace rs::pages {
namespace {

constexpr std::string_view kHeaders =
    "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";

}  // namespace

void fill_health(http::Response& response) {
  response.content_type = "application/json";
  response.headers.append(kHeaders);
  response.shared_body = R"({"status":"ok"})";
}

void fill_readiness(const Readiness& readiness, http::Response& response) {
  const bool ready = readiness.reasons.empty();
  response.status = ready ? 200 : 503;
  response.content_type = "application/json";
  response.headers.append(kHeaders);
  response.body.append(R"({"status":")").append(ready ? "ok" : "unavailable");
  response.body.append(R"(","reasons":[)");
  for (const std::string& reason : readiness.reasons) {
    if (&reason != readiness.reasons.data()) response.body.push_back(',');
    response.body.push_back('"');
    append_json_escaped(response.body, reason);
    response.body.push_back('"');
  }
  response.body.append("]}");
}

}  // namespace rs::pages
