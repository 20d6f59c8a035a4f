#pragma once
// For tests of the fake: one AppendRows connection, spoken by hand, request after request. Every
// wait ends by itself. For one thread.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <google/cloud/bigquery/storage/v1/storage.grpc.pb.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "fakes/bigquery/fake_bigquery.h"

namespace rs::fakes {

namespace bqs = google::cloud::bigquery::storage::v1;

inline const TableName kTable{"p", "d", "t"};
inline const std::string kTablePath = "projects/p/datasets/d/tables/t";
inline const std::string kDefaultStream = kTablePath + "/streams/_default";
inline constexpr const char* kColumns =
    R"([{"name":"event_id","type":"STRING"},{"name":"n","type":"INT64"}])";

// message { optional string event_id = 1; optional int64 n = 2;.
inline google::protobuf::DescriptorProto small_descriptor() {
  google::protobuf::DescriptorProto out;
  out.set_name("Row");
  const auto add = [&](const char* name, int number,
                       google::protobuf::FieldDescriptorProto::Type type) {
    auto& field = *out.add_field();
    field.set_name(name);
    field.set_number(number);
    field.set_type(type);
    field.set_label(google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
  };
  add("event_id", 1, google::protobuf::FieldDescriptorProto::TYPE_STRING);
  add("n", 2, google::protobuf::FieldDescriptorProto::TYPE_INT64);
  return out;
}

// A row of small_descriptor() with its event_id.
inline std::string small_row(const std::string& id) {
  return std::string("\x0a") + static_cast<char>(id.size()) + id;
}

inline bqs::AppendRowsRequest request(const std::vector<std::string>& rows, bool first = true,
                                      const std::string& stream = kDefaultStream) {
  bqs::AppendRowsRequest out;
  if (first) {
    out.set_write_stream(stream);
    *out.mutable_proto_rows()->mutable_writer_schema()->mutable_proto_descriptor() =
        small_descriptor();
  }
  for (const std::string& row : rows)
    out.mutable_proto_rows()->mutable_rows()->add_serialized_rows(row);
  return out;
}

inline bqs::AppendRowsRequest request_at(std::int64_t offset, const std::vector<std::string>& rows,
                                         bool first, const std::string& stream) {
  auto out = request(rows, first, stream);
  out.mutable_offset()->set_value(offset);
  return out;
}

class TestWriter {
 public:
  explicit TestWriter(const FakeBigQuery& fake, const std::string& token = "")
      : stub_(bqs::BigQueryWrite::NewStub(
            grpc::CreateChannel(fake.grpc_address(), grpc::InsecureChannelCredentials()))) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    if (!token.empty()) context_.AddMetadata("authorization", "Bearer " + token);
    call_ = stub_->AppendRows(&context_);
  }
  ~TestWriter() { context_.TryCancel(); }
  TestWriter(const TestWriter&) = delete;
  TestWriter& operator=(const TestWriter&) = delete;

  bool write(const bqs::AppendRowsRequest& request) { return call_->Write(request); }
  // The next answer; false when the call has ended.
  bool read(bqs::AppendRowsResponse& response) { return call_->Read(&response); }
  bqs::AppendRowsResponse ask(const bqs::AppendRowsRequest& request) {
    bqs::AppendRowsResponse response;
    EXPECT_TRUE(call_->Write(request));
    EXPECT_TRUE(call_->Read(&response));
    return response;
  }
  void writes_done() { call_->WritesDone(); }
  // How the call ended; reads what is left.
  grpc::Status end() {
    bqs::AppendRowsResponse response;
    while (call_->Read(&response)) {
    }
    return call_->Finish();
  }
  bqs::BigQueryWrite::Stub& stub() { return *stub_; }
  grpc::ClientContext& context() { return context_; }

 private:
  std::unique_ptr<bqs::BigQueryWrite::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<bqs::AppendRowsRequest, bqs::AppendRowsResponse>> call_;
};

// A fake with table p.d.t of kColumns.
inline std::unique_ptr<FakeBigQuery> small_fake(FakeBigQueryOptions options = {}) {
  auto fake = FakeBigQuery::start(std::move(options));
  if (!fake) {
    ADD_FAILURE() << fake.error().message;
    std::abort();
  }
  (*fake)->create_dataset("p", "d");
  const auto made = (*fake)->create_table(kTable, kColumns);
  EXPECT_TRUE(made) << (made ? "" : made.error().message);
  return *std::move(fake);
}

inline bqs::StorageError::StorageErrorCode storage_code(const google::rpc::Status& status) {
  bqs::StorageError error;
  for (const auto& detail : status.details()) detail.UnpackTo(&error);
  return error.code();
}

}  // namespace rs::fakes
