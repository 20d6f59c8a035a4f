#pragma once
// What one AppendRows connection is told: the service's rules (bigquery.md 1.2 to 1.4), and the
// faults that are planned. No transport, no clock. For one thread at a time.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <google/cloud/bigquery/storage/v1/storage.pb.h>

#include "fakes/bigquery/core.h"

namespace rs::fakes {

struct AppendAnswer {
  std::vector<google::cloud::bigquery::storage::v1::AppendRowsResponse> responses;  // 0 to 2.
  std::optional<WriteError> end;  // The RPC ends at once with this; code 0 is OK.
  std::chrono::milliseconds delay{0};
  std::chrono::milliseconds stop_reading{0};
  bool hangs = false;  // Nothing is answered from now on.
};

class AppendSession {
 public:
  using Request = google::cloud::bigquery::storage::v1::AppendRowsRequest;
  using Response = google::cloud::bigquery::storage::v1::AppendRowsResponse;

  // `routing` is the header x-goog-request-params.
  AppendSession(Core& core, std::uint64_t connection, std::string routing)
      : core_(core), connection_(connection), routing_(std::move(routing)) {}

  // Takes the rows out of the request.
  [[nodiscard]] AppendAnswer handle(Request& request);

 private:
  [[nodiscard]] std::optional<Fault> take_fault(const std::string& stream);
  [[nodiscard]] AppendAnswer answer(Request& request, const std::optional<Fault>& fault,
                                    bool& stored);
  [[nodiscard]] AppendAnswer distort(const Fault& fault, Response response) const;
  [[nodiscard]] Response row_errors(const Fault& fault) const;

  WriteResult<void> bind(const Request& request);
  WriteResult<void> switch_to(const std::string& stream);
  WriteResult<void> keep_schema(const Request& request);
  WriteResult<void> prepare(const Request& request);
  // Null for the usual case that no missing value was spoken of.
  std::shared_ptr<const DefaultColumns> defaults(const Request& request);
  // Whether rows were stored; fills the response in either case. Errors that end the RPC are
  // returned.
  WriteResult<bool> store(Request& request, Response& response);
  WriteResult<bool> store_rows(Request& request, Response& response);
  bool check_rows(const Request& request, std::vector<std::string>& ids, Response& response) const;

  Core& core_;
  const std::uint64_t connection_;
  const std::string routing_;
  bool first_ = true;
  std::string stream_;
  StreamName name_;
  std::uint64_t incarnation_ = 0;
  std::uint64_t shape_told_ = 0;  // Version of the shape the client knows of.
  std::shared_ptr<const TableShape> shape_;
  std::string writer_text_;  // The DescriptorProto, serialised: to see whether it changed.
  google::protobuf::DescriptorProto writer_;
  std::shared_ptr<const RowReader> reader_;
  std::shared_ptr<const DefaultColumns> plain_defaults_;
  int missing_ = 0;  // default_missing_value_interpretation, which stays.
};

}  // namespace rs::fakes
