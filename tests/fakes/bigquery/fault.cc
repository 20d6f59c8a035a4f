#include "fakes/bigquery/fault.h"

#include <array>
#include <cstdlib>

#include <fmt/format.h>

#include "fakes/bigquery/json.h"
#include "fakes/bigquery/write_error.h"

namespace rs::fakes {
namespace {

struct Preset {
  std::string_view name;
  FaultAction action;
  FaultPlace place;
  int code;
  int storage_error;
  const char* message;
  const char* reason = "";
};

constexpr auto kEnd = FaultAction::kEnd, kError = FaultAction::kError;
constexpr auto kAppend = FaultPlace::kAppend, kOpen = FaultPlace::kOpen, kRest = FaultPlace::kRest;

// Texts: bigquery.md 1.4, section 4 and section 7.
constexpr std::array kPresets{
    // The connection ends.
    Preset{"unavailable", kEnd, kAppend, kCodeUnavailable, 0,
           "The service is currently unavailable."},
    Preset{"draining", kEnd, kAppend, kCodeUnavailable, 0, "the connection is draining"},
    Preset{"reset", kEnd, kAppend, kCodeInternal, 0, "Received RST_STREAM with error code 2"},
    Preset{"restarted", kEnd, kAppend, kCodeAborted, 0,
           "Closing the stream because server is restarted. This is expected and client is advised "
           "to reconnect."},
    Preset{"idle", kEnd, kAppend, kCodeAborted, 0,
           "Closing the stream because it has been inactive for 600 seconds. Entity: %s"},
    Preset{"ends_ok", kEnd, kAppend, kCodeOk, 0, ""},
    Preset{"cancelled", kEnd, kAppend, kCodeCancelled, 0, "The call was cancelled."},
    Preset{"recreated", kEnd, kAppend, kCodeNotFound, kTableNotFound,
           "Requested entity was not found. Entity: %s is re-created"},
    Preset{"unauthenticated", kEnd, kOpen, kCodeUnauthenticated, 0,
           "Request had invalid authentication credentials. Expected OAuth 2 access token."},
    Preset{"denied", kEnd, kOpen, kCodePermissionDenied, 0,
           "Permission 'TABLES_UPDATE_DATA' denied on resource '%s' (or it may not exist)."},
    Preset{"connections", kEnd, kOpen, kCodeResourceExhausted, 0,
           "Exceeds 'Concurrent connections' quota, user_id: 1 (status: INSUFFICIENT_TOKENS)"},
    Preset{"unimplemented", kEnd, kOpen, 12, 0, "Method not found."},
    // An error answer; the connection goes on.
    Preset{"internal", kError, kAppend, kCodeInternal, 0,
           "A retriable error could not be retried due to Extensible Stubs memory limits"},
    Preset{"busy", kError, kAppend, kCodeUnavailable, 0, "The service is currently unavailable."},
    Preset{"unknown", kError, kAppend, kCodeUnknown, 0, "Unknown error."},
    Preset{
        "aborted", kError, kAppend, kCodeAborted, 0,
        "Request processing is aborted because of prior failures in the same stream. Entity: %s"},
    Preset{"quota", kError, kAppend, kCodeResourceExhausted, 0,
           "Exceeds 'AppendRows throughput' quota, user_id: 1 (status: INSUFFICIENT_TOKENS), you "
           "can issue a "
           "raise quota request through Google Cloud Console. Entity: %s"},
    Preset{"invalid", kError, kAppend, kCodeInvalidArgument, 0, "Invalid request. Entity: %s"},
    Preset{"extra_fields", kError, kAppend, kCodeInvalidArgument, kExtraFields,
           "Input schema has more fields than BigQuery schema, extra fields: 'unknown'"},
    Preset{"finalized", kError, kAppend, kCodeInvalidArgument, kStreamFinalized,
           "Stream has been finalized and cannot be appended. Entity: %s"},
    Preset{"stream_lost", kError, kAppend, kCodeNotFound, kStreamNotFound,
           "Requested entity was not found. Entity: %s"},
    Preset{"row_errors", FaultAction::kRowErrors, kAppend, kCodeInvalidArgument, 0,
           "Errors found while processing rows. Please refer to the row_errors field for details. "
           "The list may "
           "not be complete because of the size limitations. Entity: %s"},
    // Answers that are late, missing or wrong.
    Preset{"hang", FaultAction::kHang, kAppend, 0, 0, ""},
    Preset{"late", FaultAction::kLate, kAppend, 0, 0, ""},
    Preset{"stop_reading", FaultAction::kStopReading, kAppend, 0, 0, ""},
    Preset{"empty", FaultAction::kEmpty, kAppend, 0, 0, ""},
    Preset{"skip", FaultAction::kSkip, kAppend, 0, 0, ""},
    Preset{"twice", FaultAction::kTwice, kAppend, 0, 0, ""},
    Preset{"offset", FaultAction::kOffset, kAppend, 0, 0, ""},
    // REST and tokens.
    Preset{"rest_backend", kError, kRest, 503, 0,
           "Error encountered during execution. Retrying may solve the problem.", "backendError"},
    Preset{"rest_rate", kError, kRest, 403, 0,
           "Exceeded rate limits: too many table update operations for this table.",
           "rateLimitExceeded"},
    Preset{"rest_denied", kError, kRest, 403, 0,
           "Access Denied: %s: Permission bigquery.tables.get denied", "accessDenied"},
    Preset{"rest_unauthenticated", kError, kRest, 401, 0,
           "Request had invalid authentication credentials. Expected OAuth 2 access token.",
           "authError"},
    Preset{"token_down", kError, FaultPlace::kToken, 503, 0, "The token endpoint is down.",
           "server_error"},
    Preset{"token_refused", kError, FaultPlace::kToken, 400, 0, "Invalid JWT Signature.",
           "invalid_grant"},
};

constexpr std::array<std::string_view, 10> kActions{"end",   "error",        "row_errors", "hang",
                                                    "late",  "stop_reading", "empty",      "skip",
                                                    "twice", "offset"};
constexpr std::array<std::string_view, 9> kPlaces{"append", "open",   "create", "get",  "finalize",
                                                  "flush",  "commit", "rest",   "token"};

constexpr auto kNames = [] {
  std::array<std::string_view, kPresets.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kPresets[i].name;
  return names;
}();

template <class Names>
Result<std::size_t> position(const Names& names, std::string_view name, const char* what) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return i;
  }
  return fail(ErrorCode::kInvalidInput, fmt::format("there is no {} \"{}\"; there are {}", what,
                                                    name, fmt::join(names, ", ")));
}

Result<double> number(const Json& value, std::string_view key) {
  char* end = nullptr;
  const std::string text(value.text());
  const double out = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') {
    return fail(ErrorCode::kInvalidInput, fmt::format("\"{}\" takes a number", key));
  }
  return out;
}

Result<void> set_word(Fault& fault, std::string_view key, const Json& value, bool& known) {
  known = true;
  if (key == "message") {
    fault.message = value.text();
  } else if (key == "reason") {
    fault.reason = value.text();
  } else if (key == "match") {
    fault.match = value.text();
  } else if (key == "apply") {
    fault.apply = value.is_true();
  } else if (key == "action") {
    RS_TRY(const auto at, position(kActions, value.text(), "action"));
    fault.action = static_cast<FaultAction>(at);
  } else if (key == "place") {
    RS_TRY(const auto at, position(kPlaces, value.text(), "place"));
    fault.place = static_cast<FaultPlace>(at);
  } else if (key == "rows") {
    for (const Json& row : value.items()) {
      RS_TRY(const double index, number(row, key));
      fault.rows.push_back(static_cast<int>(index));
    }
  } else {
    known = false;
  }
  return {};
}

Result<void> set_number(Fault& fault, std::string_view key, const Json& value) {
  RS_TRY(const double n, number(value, key));
  if (key == "code") {
    fault.code = static_cast<int>(n);
  } else if (key == "storage_error") {
    fault.storage_error = static_cast<int>(n);
  } else if (key == "text_bytes") {
    fault.text_bytes = static_cast<std::size_t>(n);
  } else if (key == "delay_ms") {
    fault.delay = std::chrono::milliseconds(static_cast<std::int64_t>(n));
  } else if (key == "nth") {
    fault.nth = static_cast<std::uint64_t>(n);
  } else if (key == "probability") {
    fault.probability = n;
  } else if (key == "times") {
    fault.times = static_cast<std::uint64_t>(n);
  } else {
    return fail(ErrorCode::kInvalidInput, fmt::format("a fault has no member \"{}\"", key));
  }
  return {};
}

}  // namespace

std::span<const std::string_view> fault_names() {
  return kNames;
}

Result<Fault> Fault::named(std::string_view name) {
  RS_TRY(const auto at, position(kNames, name, "fault"));
  const Preset& preset = kPresets[at];
  Fault fault;
  fault.name = preset.name;
  fault.action = preset.action;
  fault.place = preset.place;
  fault.code = preset.code;
  fault.storage_error = preset.storage_error;
  fault.message = preset.message;
  fault.reason = preset.reason;
  if (fault.action == FaultAction::kRowErrors) fault.rows = {0};
  return fault;
}

Result<Fault> Fault::parse(std::string_view json) {
  RS_TRY(const Json object, Json::parse(json));
  Fault fault;
  fault.name = "custom";
  if (const Json* name = object.find("fault")) {
    RS_TRY(fault, named(name->text()));
  }
  if (object.find("rows") != nullptr) fault.rows.clear();
  for (const auto& [key, value] : object.members()) {
    if (key == "fault") continue;
    bool known = false;
    if (auto set = set_word(fault, key, value, known); !set) return tl::unexpected(set.error());
    if (known) continue;
    if (auto set = set_number(fault, key, value); !set) return tl::unexpected(set.error());
  }
  return fault;
}

}  // namespace rs::fakes
