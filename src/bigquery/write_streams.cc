#include "bigquery/write_streams.h"

#include <google/cloud/bigquery/storage/v1/storage.grpc.pb.h>
#include <grpcpp/grpcpp.h>

namespace rs::bigquery {
namespace {

namespace storage = ::google::cloud::bigquery::storage::v1;
using Clock = std::chrono::steady_clock;

}  // namespace

// A call that stop() can end.
class WriteStreams::Call {
 public:
  Call(WriteStreams& streams, const std::string& routing, std::chrono::milliseconds timeout)
      : streams_(streams) {
    context.set_deadline(std::chrono::system_clock::now() + timeout);
    context.AddMetadata("x-goog-request-params", routing);
    MutexLock lock(streams_.mutex_);
    streams_.present_ = &context;
    if (streams_.stopped_) context.TryCancel();
  }
  ~Call() {
    MutexLock lock(streams_.mutex_);
    streams_.present_ = nullptr;
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  grpc::ClientContext context;

 private:
  WriteStreams& streams_;
};

void WriteStreams::stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
  if (present_ != nullptr) present_->TryCancel();
}

StreamResult<std::string> WriteStreams::create(const std::string& table,
                                               std::chrono::milliseconds timeout) {
  storage::BigQueryWrite::Stub stub(channel_);
  Call call(*this, "parent=" + table, timeout);
  storage::CreateWriteStreamRequest request;
  request.set_parent(table);
  request.mutable_write_stream()->set_type(storage::WriteStream::COMMITTED);
  storage::WriteStream made;
  const auto status = stub.CreateWriteStream(&call.context, request, &made);
  if (!status.ok()) return tl::unexpected(read_status(status, call.context));
  return made.name();
}

StreamResult<std::int64_t> WriteStreams::finalize(const std::string& stream,
                                                  std::chrono::milliseconds timeout) {
  storage::BigQueryWrite::Stub stub(channel_);
  Call call(*this, "name=" + stream, timeout);
  storage::FinalizeWriteStreamRequest request;
  request.set_name(stream);
  storage::FinalizeWriteStreamResponse answer;
  const auto status = stub.FinalizeWriteStream(&call.context, request, &answer);
  if (!status.ok()) {
    auto error = read_status(status, call.context);
    error.verdict = judge(status, error.verdict);
    return tl::unexpected(std::move(error));
  }
  denied_since_.reset();
  return answer.row_count();
}

Verdict WriteStreams::judge(const grpc::Status& status, Verdict verdict) {
  if (status.error_code() == grpc::StatusCode::NOT_FOUND) return Verdict::kStreamGone;
  if (verdict != Verdict::kTableMissing) {
    denied_since_.reset();
    return verdict;
  }
  const auto now = Clock::now();
  if (!denied_since_) denied_since_ = now;
  return now - *denied_since_ >= denied_max_ ? Verdict::kStreamGone : verdict;
}

}  // namespace rs::bigquery
