#include "google/library_log.h"

#include <string>

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

#include "obs/log.h"

namespace rs::google {
namespace {

// Never above WARNING: whether rows are lost or a person must act is ours to say.
obs::Level level_of(gpr_log_severity severity) {
  switch (severity) {
    case GPR_LOG_SEVERITY_DEBUG:
      return obs::Level::kDebug;
    case GPR_LOG_SEVERITY_INFO:
      return obs::Level::kInfo;
    case GPR_LOG_SEVERITY_ERROR:
      break;
  }
  return obs::Level::kWarning;
}

void take_from_grpc(gpr_log_func_args* line) {
  obs::log_line(level_of(line->severity), {line->file, "grpc", line->line}, line->message);
}

void take_from_protobuf(::google::protobuf::LogLevel level, const char* file, int line,
                        const std::string& message) {
  const bool is_info = level == ::google::protobuf::LOGLEVEL_INFO;
  obs::log_line(is_info ? obs::Level::kInfo : obs::Level::kWarning, {file, "protobuf", line},
                message);
}

}  // namespace

void take_library_logs() {
  gpr_set_log_function(take_from_grpc);
  ::google::protobuf::SetLogHandler(take_from_protobuf);
}

}  // namespace rs::google
