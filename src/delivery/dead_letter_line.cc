#include "delivery/dead_letter_line.h"

#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/base64.h"
#include "base/text.h"
#include "row/decode.h"

namespace rs::delivery {

void append_line(std::string& to, std::string_view time, std::string_view sink,
                 const DeadLetter& letter) {
  to += fmt::format("{{\"time\":\"{}\",\"sink\":\"{}\",\"reason\":\"", time, sink);
  append_json_escaped(to, letter.reason);
  to += fmt::format("\",\"attempts\":{},\"row\":", letter.attempts);
  if (!letter.message.empty()) {
    to += fmt::format("null,\"encoded\":\"\",\"message\":{}}}\n", letter.message);
    return;
  }
  if (!row::append_json(to, letter.encoded)) to += "null";
  to += ",\"encoded\":\"";
  append_base64(to, letter.encoded);
  to += "\"}\n";
}

Result<KeptLetter> parse_line(std::string_view line) {
  thread_local simdjson::dom::parser parser;
  KeptLetter letter;
  simdjson::dom::element object;
  if (parser.parse(line.data(), line.size()).get(object) != simdjson::SUCCESS) {
    return fail(ErrorCode::kInvalidInput, "not JSON");
  }
  std::string_view time, sink, reason, encoded;
  simdjson::dom::element row, message;
  if (object["time"].get(time) != simdjson::SUCCESS ||
      object["sink"].get(sink) != simdjson::SUCCESS ||
      object["reason"].get(reason) != simdjson::SUCCESS ||
      object["attempts"].get(letter.attempts) != simdjson::SUCCESS ||
      object["row"].get(row) != simdjson::SUCCESS ||
      object["encoded"].get(encoded) != simdjson::SUCCESS) {
    return fail(ErrorCode::kInvalidInput, "not a dead letter");
  }
  auto bytes = decode_base64(encoded);
  if (!bytes) return fail(ErrorCode::kInvalidInput, "encoded is not base64");
  letter.time = time;
  letter.sink = sink;
  letter.reason = reason;
  letter.row = simdjson::minify(row);
  letter.encoded = std::move(*bytes);
  if (object["message"].get(message) == simdjson::SUCCESS) {
    letter.message = simdjson::minify(message);
  }
  letter.line = line;
  return letter;
}

}  // namespace rs::delivery
