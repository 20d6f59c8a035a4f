#include "obs/log_format.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/json_text.h"
#include "base/printable_text.h"
#include "base/text.h"
#include "obs/trace.h"

namespace rs::obs {
namespace {

constexpr std::size_t kMessageMax = 3000, kPathMax = 1000, kMethodMax = 20;  // Bytes.
constexpr std::size_t kProjectMax = 100;                                     // Google allows 30.
// Of a text as it is printed: with what is around it, a line has 4,096 bytes at most. A request's
// path is in its line twice.
constexpr std::size_t kPrintedMax = 3000, kPrintedPathMax = 1400;

std::string_view stem(std::string_view file) {
  file = file.substr(file.rfind('/') + 1);  // npos + 1 is 0.
  return file.substr(0, file.rfind('.'));
}

std::string request_message(const RequestLine& request) {
  std::string text = fmt::format("{} {} {}", request.method.substr(0, kMethodMax),
                                 request.path.substr(0, kPathMax), request.status);
  if (request.unlogged > 0)
    fmt::format_to(std::back_inserter(text), ", after {} more that are not logged",
                   request.unlogged);
  return text;
}

// As append_json_escaped(), `bytes_max` bytes at most: what is longer ends where a character does.
void append_json_cut(std::string& out, std::string_view text, std::size_t bytes_max) {
  std::string escaped;
  append_json_escaped(escaped, text);
  if (escaped.size() > bytes_max) {
    escaped.clear();
    std::size_t fits = 0;
    while (escaped.size() <= bytes_max) {
      fits = escaped.size();
      const std::size_t length = std::max<std::size_t>(utf8_character_length(text), 1);
      append_json_escaped(escaped, text.substr(0, length));
      text.remove_prefix(length);
    }
    escaped.resize(fits);
  }
  out += escaped;
}

void append_trace(std::string& out, std::string_view header, std::string_view project) {
  const Trace trace = parse_trace(header);
  if (project.empty() || trace.id.empty()) return;
  out += ",\"logging.googleapis.com/trace\":\"projects/";
  append_json_cut(out, project, kProjectMax);
  fmt::format_to(std::back_inserter(out), "/traces/{}\"", trace.id);
  if (trace.span != 0) {
    fmt::format_to(std::back_inserter(out), ",\"logging.googleapis.com/spanId\":\"{:016x}\"",
                   trace.span);
  }
  if (trace.sampled) out += ",\"logging.googleapis.com/trace_sampled\":true";
}

}  // namespace

std::string_view path_in_tree(std::string_view file) {
  const auto at = file.rfind("/src/");
  return at == std::string_view::npos ? file : file.substr(at + 1);
}

std::string message_of(const LogRecord& record) {
  if (record.request != nullptr) return request_message(*record.request);
  return std::string(record.message.substr(0, kMessageMax));
}

std::string format_readable(const LogRecord& record) {
  static constexpr std::string_view kNames[] = {"DEBUG", "INFO", "WARNING", "ERROR"};
  std::string time = format_utc(record.unix_micros);  // 2026-01-15T10:30:45.123456Z
  time.resize(23);
  time[10] = ' ';
  std::string line = fmt::format(
      "{:<8}  {} - {:<12} - {:<22} - ", kNames[static_cast<int>(record.level)], time,
      stem(record.source.file), fmt::format("{}:{}", record.source.function, record.source.line));
  line += utf8_prefix(printable(message_of(record)), kPrintedMax);
  fmt::format_to(std::back_inserter(line), " - [{}]\n", path_in_tree(record.source.file));
  return line;
}

std::string format_structured(const LogRecord& record, std::string_view trace_project) {
  static constexpr std::string_view kSeverities[] = {"DEBUG", "INFO", "WARNING", "ERROR"};
  std::string line =
      fmt::format("{{\"severity\":\"{}\",\"time\":\"{}\",\"message\":\"",
                  kSeverities[static_cast<int>(record.level)], format_utc(record.unix_micros));
  const RequestLine* request = record.request;
  append_json_cut(line, message_of(record), request == nullptr ? kPrintedMax : kPrintedPathMax);
  line += '"';
  if (request != nullptr) {
    line += ",\"httpRequest\":{\"requestMethod\":\"";
    append_json_cut(line, request->method.substr(0, kMethodMax), kMethodMax);
    line += "\",\"requestUrl\":\"";
    append_json_cut(line, request->path.substr(0, kPathMax), kPrintedPathMax);
    fmt::format_to(std::back_inserter(line), "\",\"status\":{}}}", request->status);
    append_trace(line, request->trace, trace_project);
  }
  fmt::format_to(std::back_inserter(line),
                 ",\"logging.googleapis.com/sourceLocation\":"
                 "{{\"file\":\"{}\",\"line\":\"{}\",\"function\":\"{}\"}}}}\n",
                 path_in_tree(record.source.file), record.source.line, record.source.function);
  return line;
}

}  // namespace rs::obs
