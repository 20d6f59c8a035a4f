#pragma once
// The request head read the plain way, byte by byte and line by line, written from the rules and
// not from request_head.cc: tests and fuzzers compare the two. Slow; never used by the server.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "http/characters.h"
#include "http/request_head.h"

namespace rs::http {

struct ReferenceHead {
  HeadStatus status = HeadStatus::kIncomplete;
  std::string_view method, path, query, host;
  std::vector<std::pair<std::string_view, std::string_view>> fields;
  std::size_t size = 0;
  std::uint64_t content_length = 0;
  bool has_length = false, chunked = false, keep_alive = false, expects_continue = false;
};

class ReferenceParser {
 public:
  static ReferenceHead parse(std::string_view bytes, std::size_t bytes_max) {
    ReferenceParser parser;
    parser.head_.status = parser.run(bytes, bytes_max);
    return parser.head_;
  }

 private:
  HeadStatus run(std::string_view bytes, std::size_t bytes_max) {
    const HeadStatus found = split_lines(bytes.substr(0, bytes_max));
    if (found == HeadStatus::kIncomplete) {
      return bytes.size() >= bytes_max ? HeadStatus::kTooLarge : found;
    }
    if (found != HeadStatus::kComplete) return found;
    for (const auto rule : {&ReferenceParser::first_line, &ReferenceParser::field_lines,
                            &ReferenceParser::framing, &ReferenceParser::target}) {
      if (const auto status = (this->*rule)(); status != HeadStatus::kComplete) return status;
    }
    return HeadStatus::kComplete;
  }

  HeadStatus split_lines(std::string_view bytes) {
    std::size_t start = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const char c = bytes[i];
      if (c == '\n' && (i == 0 || bytes[i - 1] != '\r')) return HeadStatus::kBad;
      if (c != '\n' && i > 0 && bytes[i - 1] == '\r') return HeadStatus::kBad;
      if (is_control(c) && c != '\t' && c != '\r' && c != '\n') return HeadStatus::kBad;
      if (c != '\n') continue;
      const auto line = bytes.substr(start, i - 1 - start);
      start = i + 1;
      if (line.empty() && !lines_.empty()) {
        head_.size = start;
        return HeadStatus::kComplete;
      }
      lines_.push_back(line);
    }
    return HeadStatus::kIncomplete;
  }

  HeadStatus first_line() {
    std::string_view line = lines_[0];
    head_.method = take_until(line, ' ');
    if (line.data() == nullptr || !is_all(head_.method, is_token)) return HeadStatus::kBad;
    // '#' is a tchar, but no method has one, and it is refused with the target.
    if (head_.method.find('#') != std::string_view::npos) return HeadStatus::kBad;
    target_ = take_until(line, ' ');
    const bool is_target_char = is_all(target_, [](char c) { return is_visible(c) && c != '#'; });
    if (line.data() == nullptr || !is_target_char) return HeadStatus::kBad;
    if (line == "HTTP/1.1") return HeadStatus::kComplete;
    is_old_ = line == "HTTP/1.0";
    if (is_old_) return HeadStatus::kComplete;
    const bool is_version = line.size() == 8 && line.starts_with("HTTP/") && line[6] == '.' &&
                            is_digit(line[5]) && is_digit(line[7]);
    return is_version ? HeadStatus::kVersion : HeadStatus::kBad;
  }

  HeadStatus field_lines() {
    for (std::size_t i = 1; i < lines_.size(); ++i) {
      const auto line = lines_[i];
      const auto colon = line.find(':');
      const bool has_name =
          colon != std::string_view::npos && is_all(line.substr(0, colon), is_token);
      if (head_.fields.size() == kFieldsMax) return HeadStatus::kTooLarge;
      if (!has_name) return HeadStatus::kBad;
      head_.fields.emplace_back(line.substr(0, colon), trim(line.substr(colon + 1)));
    }
    return HeadStatus::kComplete;
  }

  HeadStatus framing() {
    const auto hosts = all("host"), lengths = all("content-length"),
               codings = all("transfer-encoding");
    if (hosts.size() > 1 || (hosts.empty() && !is_old_)) return HeadStatus::kBad;
    if (!hosts.empty()) head_.host = hosts[0];
    for (const char c : head_.host) {
      if (!is_host(c)) return HeadStatus::kBad;
    }
    if (lengths.size() > 1 || (lengths.size() == 1 && !is_all(lengths[0], is_digit))) {
      return HeadStatus::kBad;
    }
    head_.has_length = !lengths.empty();
    if (head_.has_length) {
      std::string digits(lengths[0]);
      digits.erase(0, digits.find_first_not_of('0'));
      const std::string most = "18446744073709551615";
      const bool is_larger =
          digits.size() > most.size() || (digits.size() == most.size() && digits > most);
      head_.content_length = std::stoull(is_larger ? most : "0" + digits);
    }
    if (!codings.empty()) {
      if (codings.size() > 1 || head_.has_length || is_old_) return HeadStatus::kBad;
      head_.chunked = lower_case(codings[0]) == "chunked";
      if (!head_.chunked) return HeadStatus::kNotImplemented;
    }
    bool close = false, keep = false;
    for (const auto value : all("connection")) {
      std::string_view rest = value;
      while (rest.data() != nullptr) {
        const std::string option = lower_case(trim(take_until(rest, ',')));
        close = close || option == "close";
        keep = keep || option == "keep-alive";
      }
    }
    head_.keep_alive = !close && (keep || !is_old_);
    const auto expectations = all("expect");
    head_.expects_continue =
        !is_old_ && !expectations.empty() && lower_case(expectations.back()) == "100-continue";
    return HeadStatus::kComplete;
  }

  HeadStatus target() {
    std::string_view rest = target_;
    const std::string lower = lower_case(rest);
    if (rest == "*") {
      head_.path = rest;
      return head_.method == "OPTIONS" ? HeadStatus::kComplete : HeadStatus::kBad;
    }
    if (rest[0] != '/') {
      const std::size_t scheme = lower.starts_with("http://")    ? 7
                                 : lower.starts_with("https://") ? 8
                                                                 : 0;
      if (scheme == 0) return HeadStatus::kBad;
      rest.remove_prefix(scheme);
      std::size_t end = 0;
      while (end < rest.size() && rest[end] != '/' && rest[end] != '?') ++end;
      head_.host = rest.substr(0, end);
      if (!is_all(head_.host, is_host)) return HeadStatus::kBad;
      rest.remove_prefix(end);
    }
    head_.path = take_until(rest, '?');
    if (head_.path.empty()) head_.path = "/";
    head_.query = rest;
    return HeadStatus::kComplete;
  }

  // At least one character, and all of them in the class.
  template <class Class>
  static bool is_all(std::string_view text, Class&& is_in) {
    for (const char c : text) {
      if (!is_in(c)) return false;
    }
    return !text.empty();
  }

  [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& [field, value] : head_.fields) {
      if (lower_case(field) == name) values.push_back(value);
    }
    return values;
  }

  std::vector<std::string_view> lines_;
  std::string_view target_;
  bool is_old_ = false;
  ReferenceHead head_;
};

// Whether `head`, as parse_head() left it, says the same as the reference; else what differs.
inline std::string difference(HeadStatus status, const Head& head, const ReferenceHead& wanted) {
  if (status != wanted.status) return "status";
  if (status != HeadStatus::kComplete) return "";
  const Request& request = head.request;
  if (head.size != wanted.size) return "size";
  if (request.method_text != wanted.method) return "method";
  if (request.path != wanted.path || request.query != wanted.query) return "target";
  if (request.header(Known::kHost) != wanted.host) return "host";
  if (head.has_length != wanted.has_length || head.content_length != wanted.content_length) {
    return "content length";
  }
  if (head.chunked != wanted.chunked) return "chunked";
  if (head.keep_alive != wanted.keep_alive) return "keep alive";
  if (head.expects_continue != wanted.expects_continue) return "expect";
  if (request.headers.size() != wanted.fields.size()) return "number of fields";
  for (std::size_t i = 0; i < wanted.fields.size(); ++i) {
    if (request.headers[i].name != wanted.fields[i].first) return "field name";
    if (request.headers[i].value != wanted.fields[i].second) return "field value";
  }
  return "";
}

}  // namespace rs::http
