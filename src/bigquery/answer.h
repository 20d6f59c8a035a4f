#pragma once
// What BigQuery said to one AppendRows request, or at the end of a call, sorted by what has to be
// done about it. Free of gRPC. The table it implements: docs of AppendRows in storage.proto, and
// what Google's own clients do (google-cloud-java, google-cloud-go).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace google::cloud::bigquery::storage::v1 {  // NOLINT(readability-identifier-naming)
class AppendRowsResponse;
}
namespace grpc {  // NOLINT(readability-identifier-naming)
class ClientContext;
class Status;
}  // namespace grpc

namespace rs::bigquery {

enum class Verdict : std::uint8_t {
  kStored,           // All rows of the request are in the table.
  kRowErrors,        // None is; the rows named can never be.
  kBadRequest,       // None is, and at least one row, or the schema, is why; not said which.
  kTransient,        // Unknown or none; the same request may succeed later.
  kQuota,            // None is; send less.
  kTableMissing,     // None is: no such table, or no permission; the service does not say which.
  kSchemaLags,       // None is: the service does not know a column yet, or it is missing.
  kOffsetExists,     // The stream has rows at this offset already.
  kOffsetBeyond,     // The stream has fewer rows than this offset: an earlier request failed.
  kStreamGone,       // Finalised, expired or never there: this stream takes no rows any more.
  kUnauthenticated,  // The token was not accepted.
  kImpossible,       // The service does not know such requests at all.
};

struct AppendAnswer {
  struct RowError {
    std::int64_t row;  // Position in the request, as the service says it: unchecked.
    std::string message;
  };
  Verdict verdict = Verdict::kTransient;
  std::string message;  // The service's words, with its code.
  std::vector<RowError> row_errors;
  std::optional<std::int64_t> offset;           // Of the request that was stored.
  std::optional<std::int64_t> expected_offset;  // With kOffsetExists and kOffsetBeyond.
  bool schema_changed = false;                  // The table has a newer schema.
};

[[nodiscard]] AppendAnswer read_answer(
    const ::google::cloud::bigquery::storage::v1::AppendRowsResponse& response);

// The end of a call. Details are looked for in the status and the trailing metadata of `context`.
[[nodiscard]] AppendAnswer read_status(const grpc::Status& status,
                                       const grpc::ClientContext& context);

}  // namespace rs::bigquery
