#include "fakes/bigquery/rest_request.h"

#include <cstdlib>

#include "base/text.h"
#include "http/characters.h"

namespace rs::fakes {
namespace {

std::string decode(std::string_view text, bool plus_is_blank) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && http::hex_value(text[i + 1]) >= 0 &&
        http::hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(http::hex_value(text[i + 1]) * 16 + http::hex_value(text[i + 2]));
      i += 2;
    } else {
      out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

const char* status_word(int status) {
  switch (status) {
    case 400:
      return "INVALID_ARGUMENT";
    case 401:
      return "UNAUTHENTICATED";
    case 403:
      return "PERMISSION_DENIED";
    case 404:
      return "NOT_FOUND";
    case 409:
      return "ALREADY_EXISTS";
    case 412:
      return "FAILED_PRECONDITION";
    case 429:
      return "RESOURCE_EXHAUSTED";
    case 501:
      return "UNIMPLEMENTED";
    case 503:
      return "UNAVAILABLE";
    default:
      return "INTERNAL";
  }
}

std::string_view look_up(const std::map<std::string, std::string>& map, const std::string& name) {
  const auto at = map.find(name);
  return at == map.end() ? std::string_view{} : std::string_view(at->second);
}

}  // namespace

std::string_view RestRequest::header(const std::string& name) const {
  return look_up(headers, name);
}

std::string_view RestRequest::parameter(const std::string& name) const {
  return look_up(query, name);
}

std::size_t RestRequest::number(const std::string& name, std::size_t fallback) const {
  const std::string text(parameter(name));
  if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos) return fallback;
  return static_cast<std::size_t>(std::strtoull(text.c_str(), nullptr, 10));
}

ApiResult<Json> RestRequest::json() const {
  if (body.empty()) return Json::object();
  auto parsed = Json::parse(body);
  if (!parsed) return refuse(400, "parseError", "Parse Error: " + parsed.error().message);
  return *std::move(parsed);
}

TableName RestRequest::table() const {
  return {parts[3], parts[5], parts.size() > 7 ? parts[7] : std::string()};
}

void parse_target(std::string_view path, std::string_view query, RestRequest& request) {
  request.path = path;
  while (!path.empty()) {
    const std::string_view part = take_until(path, '/');
    if (!part.empty()) request.parts.push_back(decode(part, false));
  }
  while (!query.empty()) {
    std::string_view value = take_until(query, '&');
    const std::string_view name = take_until(value, '=');
    request.query[decode(name, true)] = decode(value, true);
  }
}

RestReply json_reply(const Json& json, int status) {
  RestReply reply;
  reply.status = status;
  reply.body = json.print();
  reply.etag = json.text("etag");
  return reply;
}

RestReply error_reply(const ApiError& error) {
  Json inner;
  inner["domain"] = Json::of("global");
  inner["reason"] = Json::of(error.reason);
  inner["message"] = Json::of(error.message);
  Json json;
  Json& body = json["error"];
  body["code"] = Json::of(static_cast<std::uint64_t>(error.status));
  body["message"] = Json::of(error.message);
  (body["errors"] = Json::array()).push(inner);
  body["status"] = Json::of(status_word(error.status));
  return json_reply(json, error.status);
}

RestReply reply_of(const ApiResult<Json>& result) {
  return result ? json_reply(*result) : error_reply(result.error());
}

}  // namespace rs::fakes
