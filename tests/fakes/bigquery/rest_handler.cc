#include "fakes/bigquery/rest_handler.h"

#include <fstream>
#include <sstream>

#include "base/text.h"

namespace rs::fakes {
namespace {

// What the bq command reads of the API (sinks.md 3); it comes with bq.
constexpr const char* kDiscoveryFile =
    "/usr/lib/google-cloud-sdk/platform/bq/discovery_next/bigquery.json";

RestReply discovery() {
  std::ifstream file(kDiscoveryFile);
  std::ostringstream text;
  text << file.rdbuf();
  if (text.str().empty())
    return error_reply({404, "notFound", std::string("There is no ") + kDiscoveryFile});
  RestReply reply;
  reply.body = text.str();
  return reply;
}

RestRequest take_apart(const http::Request& request) {
  RestRequest out;
  out.method = request.method_text;
  out.body = request.body;
  for (const http::Header& header : request.headers)
    out.headers[lower_case(header.name)] = header.value;
  // Google's clients may send a PATCH as a POST.
  if (const auto other = out.header("x-http-method-override"); !other.empty()) out.method = other;
  parse_target(request.path, request.query, out);
  return out;
}

bool asks_for_token(const RestRequest& request) {
  const auto& parts = request.parts;
  return parts.front() == "token" || parts.front() == "computeMetadata" ||
         (parts.front() == "v1" && request.method == "POST");
}

}  // namespace

http::Answer RestHandler::handle(const http::Request& request, const Promise& /*promise*/,
                                 http::Response& response) {
  core_.observed.count([](FakeBigQueryStats& stats) { ++stats.rest_requests; });
  RestReply reply = serve(take_apart(request));
  response.status = reply.status;
  if (reply.status != 204) response.content_type = reply.content_type;
  if (!reply.etag.empty()) response.add("ETag", reply.etag);
  if (request.path.substr(0, 16) == "/computeMetadata") response.add("Metadata-Flavor", "Google");
  response.body = std::move(reply.body);
  return http::Answer::kNow;
}

RestReply RestHandler::serve(const RestRequest& request) {
  if (request.parts.empty()) return serve_control(core_, request);
  const std::string& first = request.parts.front();
  if (first == "fake") return serve_control(core_, request);
  if (first == "$discovery" || first == "discovery") return discovery();
  if (asks_for_token(request)) return serve_token(core_, request);
  if (core_.options.require_token) {
    const std::string problem = core_.tokens.problem(request.header("authorization"));
    if (!problem.empty()) {
      return error_reply(
          {401, "authError", "Request had invalid authentication credentials: " + problem});
    }
  }
  const auto fault = core_.faults.take(FaultPlace::kRest, request.method + " " + request.path);
  if (fault && !fault->apply) return error_reply({fault->code, fault->reason, fault->message});
  RestReply reply = serve_api(request);
  return fault ? error_reply({fault->code, fault->reason, fault->message}) : reply;
}

RestReply RestHandler::serve_api(const RestRequest& request) {
  const auto& parts = request.parts;
  if (parts.size() >= 5 && parts[0] == "bigquery" && parts[1] == "v2" && parts[2] == "projects") {
    if (parts[4] == "datasets") return serve_datasets(core_, request);
    if (parts[4] == "jobs" || parts[4] == "queries") return jobs_.serve(core_, request);
  }
  return error_reply({404, "notFound", "The fake has no " + request.method + " " + request.path});
}

void RestHandler::refuse(http::Refusal /*refusal*/, const http::Request& /*request*/,
                         http::Response& response) {
  RestReply reply = error_reply(
      {response.status, "invalid", "The request is not one the fake's HTTP server takes."});
  response.content_type = reply.content_type;
  response.body = std::move(reply.body);
}

}  // namespace rs::fakes
