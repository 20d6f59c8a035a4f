#include "collect/answers.h"

#include <array>
#include <string_view>

#include "base/text.h"

namespace rs::collect {
namespace {

constexpr std::string_view kJson = "application/json";
// A GIF of one transparent pixel.
constexpr std::array<char, 43> kPixelBytes = {
    'G', 'I', 'F', '8', '9', 'a', 1, 0, 1, 0, -128, 0, 0, 0, 0, 0, -1, -1,  -1, '!', -7, 4,
    1,   0,   0,   0,   0,   ',', 0, 0, 0, 0, 1,    0, 1, 0, 0, 2, 2,  'D', 1,  0,   ';'};
constexpr std::string_view kPixel(kPixelBytes.data(), kPixelBytes.size());
// Long enough for a batch to be written, short enough that a browser's page may still be there.
constexpr std::string_view kRetryAfterSeconds = "1";

void answer(http::Response& response, int status, std::string_view body) {
  response.status = status;
  response.content_type = kJson;
  response.body.clear();
  response.shared_body = body;
}

void answer_later(http::Response& response, std::string_view body) {
  answer(response, 503, body);
  response.add("Retry-After", kRetryAfterSeconds);
}

std::string_view explanation(http::Refusal refusal) {
  using http::Refusal;
  switch (refusal) {
    case Refusal::kBadRequest:
      return R"({"detail":"Malformed HTTP request"})";
    case Refusal::kLengthRequired:
      return R"({"detail":"Content-Length is required"})";
    case Refusal::kTimeout:
      return R"({"detail":"The request did not arrive in time"})";
    case Refusal::kBodyTooLarge:
      return R"({"detail":"The body is larger than RUN__MAX_BODY_BYTES allows"})";
    case Refusal::kDecodeRatio:
      return R"({"detail":"The body decodes to more than 32 KiB and more than )"
             R"(LIMITS__DECODE_RATIO times its size"})";
    case Refusal::kUnfinishedBytes:
      return R"({"detail":"Unfinished requests use up RUN__MAX_UNFINISHED_BYTES; retry later"})";
    case Refusal::kOutOfMemory:
      return R"({"detail":"There is not enough memory for this request; retry later"})";
    case Refusal::kHeadersTooLarge:
      return R"({"detail":"The request head is larger than RUN__MAX_HEAD_BYTES allows, or has )"
             R"(more than 100 fields"})";
    case Refusal::kUnsupportedEncoding:
      return R"({"detail":"Content-Encoding must be gzip, br or identity"})";
    case Refusal::kBadEncoding:
      return R"({"detail":"The body is not what Content-Encoding says"})";
    case Refusal::kNotImplemented:
      return R"({"detail":"Transfer-Encoding must be chunked"})";
    case Refusal::kVersion:
      return R"({"detail":"HTTP version must be 1.0 or 1.1"})";
    case Refusal::kCount:
      break;
  }
  return R"({"detail":"Bad Request"})";
}

}  // namespace

void answer_kept(Receipt receipt, http::Response& response) {
  switch (receipt) {
    case Receipt::kStatusJson:
      answer(response, kJsonStatus, R"({"status":"ok"})");
      break;
    case Receipt::kPixel:
      answer(response, kJsonStatus, kPixel);
      response.content_type = "image/gif";
      response.compressible = false;
      response.add("Cache-Control", "no-store");
      break;
    case Receipt::kEmpty:
      response.status = kEmptyStatus;
      break;
  }
}

void answer_overloaded(http::Response& response) {
  answer_later(response, R"({"detail":"As many events are held as may be; send this one again"})");
}

void answer_not_stored(http::Response& response) {
  answer_later(response, R"({"detail":"The event was not stored; send it again"})");
}

void answer_rejected(http::Response& response) {
  answer(response, 422,
         R"({"detail":[{"type":"row_rejected","loc":["body"],"msg":"The destination does not take )"
         R"(this event; it is kept in the dead letters","input":null}]})");
}

void answer_bad_stream_id(std::string_view text, http::Response& response) {
  answer(response, 422, {});
  response.body =
      R"({"detail":[{"type":"int_parsing","loc":["path","stream_id"],"msg":"Input should be a valid )"
      R"(integer, unable to parse string as an integer","input":")";
  append_json_escaped(response.body, text.substr(0, 100));
  response.body += "\"}]}";
}

void answer_invalid_event(std::span<const event::Problem> problems, std::string_view root,
                          http::Response& response) {
  answer(response, 422, {});
  event::append_detail(response.body, problems, root);
}

void answer_too_many_events(http::Response& response) {
  answer(response, 413, R"({"detail":"The request has more events than RUN__MAX_EVENTS allows"})");
}

void answer_not_found(http::Response& response) {
  answer(response, 404, R"({"detail":"Not Found"})");
}

void answer_not_allowed(std::string_view allowed, http::Response& response) {
  answer(response, 405, R"({"detail":"Method Not Allowed"})");
  response.add("Allow", allowed);
}

void explain(http::Refusal refusal, http::Response& response) {
  answer(response, response.status, explanation(refusal));
  if (response.status == 503) response.add("Retry-After", kRetryAfterSeconds);
}

}  // namespace rs::collect
