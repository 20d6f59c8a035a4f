#include "logging/log_entry.h"

#include <fmt/format.h>
#include <google/logging/v2/log_entry.pb.h>

#include "obs/trace.h"

namespace rs::logging {
namespace {

namespace type = ::google::logging::type;

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::size_t kPathMax = 1000, kMethodMax = 20;  // Bytes.

type::LogSeverity severity_of(obs::Level level) {
  switch (level) {
    case obs::Level::kDebug:
      return type::DEBUG;
    case obs::Level::kInfo:
      return type::INFO;
    case obs::Level::kWarning:
      return type::WARNING;
    case obs::Level::kError:
      break;
  }
  return type::ERROR;
}

// Protobuf refuses strings that are not UTF-8, and a path is whatever a client sent.
std::string ascii_of(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return out;
}

}  // namespace

KeptRecord::KeptRecord(const obs::LogRecord& record)
    : level(record.level),
      unix_micros(record.unix_micros),
      message(ascii_of(obs::message_of(record))),
      file(obs::path_in_tree(record.source.file)),
      function(record.source.function),
      line(record.source.line) {
  if (record.request == nullptr) return;
  const auto& request = *record.request;
  method = ascii_of(request.method.substr(0, kMethodMax));
  path = ascii_of(request.path.substr(0, kPathMax));
  const obs::Trace found = obs::parse_trace(request.trace);
  trace = found.id;
  span = found.span;
  sampled = found.sampled;
  status = request.status;
}

std::size_t KeptRecord::bytes() const {
  return sizeof(*this) + message.size() + file.size() + function.size() + method.size() +
         path.size() + trace.size();
}

void fill_entry(const KeptRecord& record, const std::string& insert_id, const std::string& project,
                ::google::logging::v2::LogEntry& entry) {
  entry.set_insert_id(insert_id);
  entry.set_severity(severity_of(record.level));
  entry.mutable_timestamp()->set_seconds(record.unix_micros / kMicrosPerSecond);
  entry.mutable_timestamp()->set_nanos(
      static_cast<std::int32_t>(record.unix_micros % kMicrosPerSecond * 1000));
  entry.set_text_payload(record.message);
  auto& source = *entry.mutable_source_location();
  source.set_file(record.file);
  source.set_function(record.function);
  source.set_line(record.line);
  if (record.method.empty()) return;
  auto& request = *entry.mutable_http_request();
  request.set_request_method(record.method);
  request.set_request_url(record.path);
  request.set_status(record.status);
  if (record.trace.empty()) return;
  entry.set_trace(fmt::format("projects/{}/traces/{}", project, record.trace));
  if (record.span != 0) entry.set_span_id(fmt::format("{:016x}", record.span));
  entry.set_trace_sampled(record.sampled);
}

}  // namespace rs::logging
