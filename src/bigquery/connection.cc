#include "bigquery/connection.h"

#include <atomic>
#include <utility>

#include <google/cloud/bigquery/storage/v1/storage.grpc.pb.h>
#include <grpcpp/grpcpp.h>

#include "bigquery/descriptor.h"

namespace rs::bigquery {
namespace {

namespace storage = ::google::cloud::bigquery::storage::v1;

// The form that Google's Java client insists on: application:version.
constexpr const char* kTraceId = "real-streaming:1";

class Connection final
    : public AppendConnection,
      private grpc::ClientBidiReactor<storage::AppendRowsRequest, storage::AppendRowsResponse> {
 public:
  Connection(const std::shared_ptr<grpc::Channel>& channel, std::string stream, Owner& owner)
      : owner_(owner), stream_(std::move(stream)), stub_(channel) {}

  void start() {
    // Needed by every region but the US multi-region (cloud.google.com/bigquery/docs/write-api).
    context_.AddMetadata("x-goog-request-params", "write_stream=" + stream_);
    stub_.async()->AppendRows(&context_, this);
    AddHold();  // For send(), which begins outside of reactions; release() ends it.
    StartRead(&response_);
    StartCall();
  }

  void prepare(const row::Batch& batch, std::span<const std::uint32_t> rows,
               std::optional<std::int64_t> offset) override {
    // Clear() keeps the buffers of rows for the next request.
    auto& data = *request_.mutable_proto_rows();
    data.mutable_rows()->Clear();
    if (first_) {
      request_.set_write_stream(stream_);
      request_.set_trace_id(kTraceId);
      data.mutable_writer_schema()->ParseFromString(bigquery_writer_schema());
      first_ = false;
    } else {
      request_.clear_write_stream();
      request_.clear_trace_id();
      data.clear_writer_schema();
    }
    if (offset) {
      request_.mutable_offset()->set_value(*offset);
    }
    for (const auto row : rows) {
      const auto bytes = batch[row];
      data.mutable_rows()->add_serialized_rows(bytes.data(), bytes.size());
    }
  }

  void send() override { StartWrite(&request_); }

  void finish() override { StartWritesDone(); }
  void cancel() override { context_.TryCancel(); }
  void release() override {
    released_.store(true, std::memory_order_release);
    RemoveHold();
  }

 private:
  void OnWriteDone(bool ok) override { owner_.on_sent(*this, ok); }
  void OnReadDone(bool ok) override {
    if (!ok) return owner_.on_broken(*this);
    owner_.on_answer(*this, read_answer(response_));
    StartRead(&response_);
  }
  void OnDone(const grpc::Status& status) override {
    // gRPC has ordered this after release(), and so after all that was done here; said once more
    // because ThreadSanitizer cannot see into its library.
    [[maybe_unused]] const bool was_released = released_.load(std::memory_order_acquire);
    // OnDone is the one safe place to delete a reactor (gRFC L67). That comes first: once the owner
    // knows, it may let go of the channel, and the last holder must not be a callback (grpc#37198).
    Owner& owner = owner_;
    auto answer = read_status(status, context_);
    const AppendConnection* gone = this;
    delete this;
    owner.on_end(gone, std::move(answer));
  }

  Owner& owner_;
  const std::string stream_;
  storage::BigQueryWrite::Stub stub_;
  grpc::ClientContext context_;
  storage::AppendRowsRequest request_;
  storage::AppendRowsResponse response_;
  bool first_ = true;
  std::atomic<bool> released_ = false;
};

}  // namespace

AppendConnection& AppendConnection::open(const std::shared_ptr<grpc::Channel>& channel,
                                         const std::string& stream, Owner& owner) {
  // Deletes itself after on_end().
  auto* connection = new Connection(channel, stream, owner);
  connection->start();
  return *connection;
}

}  // namespace rs::bigquery
