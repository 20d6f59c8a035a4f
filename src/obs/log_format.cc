#include "obs/log_format.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include <fmt/format.h>

#include "base/text.h"

namespace rs::obs {
namespace {

constexpr std::size_t kMessageMax = 3000, kPathMax = 1000, kMethodMax = 20;  // Bytes.

// "src/app/serve.cc", whatever directory the compiler was called in.
std::string_view path_in_tree(std::string_view file) {
  const auto at = file.rfind("/src/");
  return at == std::string_view::npos ? file : file.substr(at + 1);
}

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

// The header is "TRACE_ID/SPAN_ID;o=OPTIONS", 32 hexadecimal digits and a decimal number; any
// client can send it, so whatever looks different is left out.
void append_trace(std::string& out, std::string_view header, std::string_view project) {
  const std::string_view trace = take_until(header, '/');
  const auto is_hex = [](char c) {
    return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
  };
  if (project.empty() || trace.size() != 32 || !std::all_of(trace.begin(), trace.end(), is_hex)) {
    return;
  }
  out += ",\"logging.googleapis.com/trace\":\"projects/";
  append_json_escaped(out, project);
  fmt::format_to(std::back_inserter(out), "/traces/{}\"", trace);

  const std::string_view span = take_until(header, ';');
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(span.data(), span.data() + span.size(), number);
  if (error == std::errc{} && end == span.data() + span.size() && number != 0) {
    fmt::format_to(std::back_inserter(out), ",\"logging.googleapis.com/spanId\":\"{:016x}\"",
                   number);
  }
  if (header == "o=1") out += ",\"logging.googleapis.com/trace_sampled\":true";
}

}  // namespace

std::string format_readable(const LogRecord& record) {
  static constexpr std::string_view kNames[] = {"DEBUG", "INFO", "WARNING", "ERROR"};
  std::string time = format_utc(record.unix_micros);  // 2026-01-15T10:30:45.123456Z
  time.resize(23);
  time[10] = ' ';
  std::string line = fmt::format(
      "{:<8}  {} - {:<12} - {:<22} - ", kNames[static_cast<int>(record.level)], time,
      stem(record.source.file), fmt::format("{}:{}", record.source.function, record.source.line));
  const std::size_t start = line.size();
  if (record.request != nullptr) {
    line += request_message(*record.request);
  } else {
    line.append(record.message);
  }
  if (line.size() - start > kMessageMax) line.resize(start + kMessageMax);
  // A terminal obeys control characters, and one line must stay one line.
  std::replace_if(
      line.begin() + static_cast<std::ptrdiff_t>(start), line.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  fmt::format_to(std::back_inserter(line), " - [{}]\n", path_in_tree(record.source.file));
  return line;
}

std::string format_structured(const LogRecord& record, std::string_view trace_project) {
  static constexpr std::string_view kSeverities[] = {"DEBUG", "INFO", "WARNING", "ERROR"};
  std::string line =
      fmt::format("{{\"severity\":\"{}\",\"time\":\"{}\",\"message\":\"",
                  kSeverities[static_cast<int>(record.level)], format_utc(record.unix_micros));
  const RequestLine* request = record.request;
  const std::string text = request != nullptr ? request_message(*request) : std::string();
  append_json_escaped(line, (request != nullptr ? text : record.message).substr(0, kMessageMax));
  line += '"';
  if (request != nullptr) {
    line += ",\"httpRequest\":{\"requestMethod\":\"";
    append_json_escaped(line, request->method.substr(0, kMethodMax));
    line += "\",\"requestUrl\":\"";
    append_json_escaped(line, request->path.substr(0, kPathMax));
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
