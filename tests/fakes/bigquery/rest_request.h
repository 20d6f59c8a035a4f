#pragma once
// A REST request taken apart, and the reply to it. For the one thread of the REST server.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/bigquery/catalog.h"
#include "fakes/bigquery/json.h"

namespace rs::fakes {

struct RestRequest {
  std::string method;
  std::string path;                // As sent, without the query.
  std::vector<std::string> parts;  // Of the path, decoded.
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> headers;  // Names in lower case.
  std::string_view body;

  [[nodiscard]] std::string_view header(const std::string& name) const;
  [[nodiscard]] std::string_view parameter(const std::string& name) const;
  // The parameter as a number, or `fallback`.
  [[nodiscard]] std::size_t number(const std::string& name, std::size_t fallback) const;
  // The body; an empty one is an empty object.
  [[nodiscard]] ApiResult<Json> json() const;
  // Of /bigquery/v2/projects/P/datasets/D/tables/T.
  [[nodiscard]] TableName table() const;
};

void parse_target(std::string_view path, std::string_view query, RestRequest& request);

struct RestReply {
  int status = 200;
  const char* content_type = "application/json";
  std::string body;
  std::string etag;
};

[[nodiscard]] RestReply json_reply(const Json& json, int status = 200);
// {"error":{...}} as the REST API writes it.
[[nodiscard]] RestReply error_reply(const ApiError& error);
[[nodiscard]] RestReply reply_of(const ApiResult<Json>& result);

}  // namespace rs::fakes
