#include "bigquery/write_streams.h"

#include <google/cloud/bigquery/storage/v1/storage.grpc.pb.h>
#include <grpcpp/grpcpp.h>

namespace rs::bigquery {
namespace {

namespace storage = ::google::cloud::bigquery::storage::v1;

void prepare(grpc::ClientContext& context, const std::string& routing,
             std::chrono::milliseconds timeout) {
  context.set_deadline(std::chrono::system_clock::now() + timeout);
  context.AddMetadata("x-goog-request-params", routing);
}

}  // namespace

StreamResult<std::string> WriteStreams::create(const std::string& table,
                                               std::chrono::milliseconds timeout) const {
  storage::BigQueryWrite::Stub stub(channel_);
  grpc::ClientContext context;
  prepare(context, "parent=" + table, timeout);
  storage::CreateWriteStreamRequest request;
  request.set_parent(table);
  request.mutable_write_stream()->set_type(storage::WriteStream::COMMITTED);
  storage::WriteStream made;
  const auto status = stub.CreateWriteStream(&context, request, &made);
  if (!status.ok()) return tl::unexpected(read_status(status, context));
  return made.name();
}

StreamResult<std::int64_t> WriteStreams::finalize(const std::string& stream,
                                                  std::chrono::milliseconds timeout) const {
  storage::BigQueryWrite::Stub stub(channel_);
  grpc::ClientContext context;
  prepare(context, "name=" + stream, timeout);
  storage::FinalizeWriteStreamRequest request;
  request.set_name(stream);
  storage::FinalizeWriteStreamResponse answer;
  const auto status = stub.FinalizeWriteStream(&context, request, &answer);
  if (!status.ok()) return tl::unexpected(read_status(status, context));
  return answer.row_count();
}

}  // namespace rs::bigquery
