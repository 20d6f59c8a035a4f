#pragma once
// The gRPC service BigQueryWrite of the fake. Thread-safe.

#include <google/cloud/bigquery/storage/v1/storage.grpc.pb.h>
#include <grpcpp/grpcpp.h>

#include "fakes/bigquery/core.h"

namespace rs::fakes {

class WriteService final
    : public google::cloud::bigquery::storage::v1::BigQueryWrite::CallbackService {
 public:
  explicit WriteService(Core& core) : core_(core) {}

  grpc::ServerBidiReactor<google::cloud::bigquery::storage::v1::AppendRowsRequest,
                          google::cloud::bigquery::storage::v1::AppendRowsResponse>*
  AppendRows(grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* CreateWriteStream(
      grpc::CallbackServerContext* context,
      const google::cloud::bigquery::storage::v1::CreateWriteStreamRequest* request,
      google::cloud::bigquery::storage::v1::WriteStream* response) override;
  grpc::ServerUnaryReactor* GetWriteStream(
      grpc::CallbackServerContext* context,
      const google::cloud::bigquery::storage::v1::GetWriteStreamRequest* request,
      google::cloud::bigquery::storage::v1::WriteStream* response) override;
  grpc::ServerUnaryReactor* FinalizeWriteStream(
      grpc::CallbackServerContext* context,
      const google::cloud::bigquery::storage::v1::FinalizeWriteStreamRequest* request,
      google::cloud::bigquery::storage::v1::FinalizeWriteStreamResponse* response) override;
  grpc::ServerUnaryReactor* BatchCommitWriteStreams(
      grpc::CallbackServerContext* context,
      const google::cloud::bigquery::storage::v1::BatchCommitWriteStreamsRequest* request,
      google::cloud::bigquery::storage::v1::BatchCommitWriteStreamsResponse* response) override;
  grpc::ServerUnaryReactor* FlushRows(
      grpc::CallbackServerContext* context,
      const google::cloud::bigquery::storage::v1::FlushRowsRequest* request,
      google::cloud::bigquery::storage::v1::FlushRowsResponse* response) override;

 private:
  Core& core_;
};

}  // namespace rs::fakes
