#include "bigquery/answer.h"

#include <charconv>

#include <fmt/format.h>
#include <google/cloud/bigquery/storage/v1/storage.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include "google/grpc_status.h"

namespace rs::bigquery {
namespace {

namespace storage = ::google::cloud::bigquery::storage::v1;
using grpc::StatusCode;
using storage::StorageError;

// Whether details about rows say nothing: under these codes the request may be sent again as it is.
bool passes(StatusCode code) {
  return code == StatusCode::UNAVAILABLE || code == StatusCode::INTERNAL ||
         code == StatusCode::ABORTED || code == StatusCode::UNKNOWN ||
         code == StatusCode::CANCELLED || code == StatusCode::DEADLINE_EXCEEDED ||
         code == StatusCode::RESOURCE_EXHAUSTED;
}

std::optional<Verdict> verdict_of(StorageError::StorageErrorCode code) {
  switch (code) {
    case StorageError::OFFSET_ALREADY_EXISTS:
      return Verdict::kOffsetExists;
    case StorageError::OFFSET_OUT_OF_RANGE:
      return Verdict::kOffsetBeyond;
    case StorageError::SCHEMA_MISMATCH_EXTRA_FIELDS:
      return Verdict::kSchemaLags;
    case StorageError::TABLE_NOT_FOUND:
      return Verdict::kTableMissing;
    case StorageError::STREAM_NOT_FOUND:
    case StorageError::STREAM_FINALIZED:
    case StorageError::STREAM_ALREADY_COMMITTED:
    case StorageError::INVALID_STREAM_STATE:
    case StorageError::INVALID_STREAM_TYPE:
      return Verdict::kStreamGone;
    default:
      return std::nullopt;
  }
}

Verdict verdict_of(StatusCode code) {
  switch (code) {
    case StatusCode::ALREADY_EXISTS:
      return Verdict::kOffsetExists;
    case StatusCode::OUT_OF_RANGE:
      return Verdict::kOffsetBeyond;
    case StatusCode::INVALID_ARGUMENT:
      return Verdict::kBadRequest;
    case StatusCode::RESOURCE_EXHAUSTED:
      return Verdict::kQuota;
    case StatusCode::NOT_FOUND:
    case StatusCode::PERMISSION_DENIED:
      return Verdict::kTableMissing;
    case StatusCode::UNAUTHENTICATED:
      return Verdict::kUnauthenticated;
    case StatusCode::UNIMPLEMENTED:
    case StatusCode::DATA_LOSS:
      return Verdict::kImpossible;
    default:
      return Verdict::kTransient;
  }
}

// "..., expected offset 17, received 5"
std::optional<std::int64_t> expected_offset(std::string_view message) {
  constexpr std::string_view kMark = "expected offset ";
  const auto at = message.find(kMark);
  if (at == std::string_view::npos) return std::nullopt;
  message.remove_prefix(at + kMark.size());
  std::int64_t offset = 0;
  const auto [end, error] =
      std::from_chars(message.data(), message.data() + message.size(), offset);
  if (error != std::errc{}) return std::nullopt;
  return offset;
}

// What is said first by the service's own code, then by gRPC's.
AppendAnswer answer_of(StatusCode code, std::string_view message, const StorageError& details) {
  AppendAnswer answer;
  answer.verdict = verdict_of(details.code()).value_or(verdict_of(code));
  answer.message = fmt::format("{}: {}", google::status_name(code), message);
  answer.expected_offset = expected_offset(message);
  if (!answer.expected_offset) answer.expected_offset = expected_offset(details.error_message());
  return answer;
}

StorageError details_of(const ::google::rpc::Status& status) {
  StorageError details;
  for (const auto& each : status.details()) {
    if (each.Is<StorageError>() && each.UnpackTo(&details)) break;
  }
  return details;
}

}  // namespace

AppendAnswer read_answer(const storage::AppendRowsResponse& response) {
  AppendAnswer answer;
  if (response.has_append_result()) {
    answer.verdict = Verdict::kStored;
    if (response.append_result().has_offset()) {
      answer.offset = response.append_result().offset().value();
    }
  } else if (response.has_error()) {
    const auto code = static_cast<StatusCode>(response.error().code());
    answer = answer_of(code, response.error().message(), details_of(response.error()));
    if (response.row_errors_size() > 0 && !passes(code)) {
      answer.verdict = Verdict::kRowErrors;
      for (const auto& error : response.row_errors()) {
        answer.row_errors.push_back({error.index(), error.message()});
      }
    }
  } else {
    answer.message = "an answer that says nothing";
  }
  answer.schema_changed = response.has_updated_schema();
  return answer;
}

AppendAnswer read_status(const grpc::Status& status, const grpc::ClientContext& context) {
  StorageError details;
  ::google::rpc::Status full;
  if (full.ParseFromString(status.error_details())) details = details_of(full);
  if (details.code() == StorageError::STORAGE_ERROR_CODE_UNSPECIFIED) {
    const auto& metadata = context.GetServerTrailingMetadata();
    const auto found = metadata.find("google.cloud.bigquery.storage.v1.storageerror-bin");
    if (found != metadata.end() &&
        !details.ParseFromArray(found->second.data(), static_cast<int>(found->second.size()))) {
      details.Clear();
    }
  }
  auto answer = answer_of(status.error_code(), status.error_message(), details);
  if (status.ok()) answer.message = "the service ended the connection";
  return answer;
}

}  // namespace rs::bigquery
