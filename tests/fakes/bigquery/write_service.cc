#include "fakes/bigquery/write_service.h"

#include <functional>

#include "fakes/bigquery/append_reactor.h"
#include "fakes/bigquery/write_status.h"

namespace rs::fakes {
namespace {

namespace bqs = google::cloud::bigquery::storage::v1;

void set_time(std::int64_t micros, google::protobuf::Timestamp& time) {
  time.set_seconds(micros / 1'000'000);
  time.set_nanos(static_cast<std::int32_t>(micros % 1'000'000) * 1000);
}

void fill(const StreamInfo& info, bool with_schema, bqs::WriteStream& stream) {
  stream.set_name(info.name);
  stream.set_type(static_cast<bqs::WriteStream::Type>(
      info.type == StreamType::kDefault ? StreamType::kCommitted : info.type));
  if (info.created != 0) set_time(info.created, *stream.mutable_create_time());
  if (info.committed != 0) set_time(info.committed, *stream.mutable_commit_time());
  stream.set_write_mode(bqs::WriteStream::INSERT);
  stream.set_location(info.location);
  if (with_schema) fill_schema(info.shape->columns, *stream.mutable_table_schema());
}

WriteError invalid(std::string message) {
  WriteError error;
  error.message = std::move(message);
  return error;
}

std::string bearer(const grpc::CallbackServerContext& context) {
  const auto at = context.client_metadata().find("authorization");
  return at == context.client_metadata().end() ? ""
                                               : std::string(at->second.data(), at->second.size());
}

// Token and faults first; then the call itself. A fault with `apply` comes after it.
grpc::ServerUnaryReactor* reply(Core& core, grpc::CallbackServerContext& context, FaultPlace place,
                                const std::string& subject,
                                const std::function<WriteResult<void>()>& call) {
  auto* reactor = context.DefaultReactor();
  WriteResult<void> done;
  const std::string problem =
      core.options.require_token ? core.tokens.problem(bearer(context)) : "";
  if (!problem.empty()) {
    WriteError error = invalid("Request had invalid authentication credentials: " + problem);
    error.code = kCodeUnauthenticated;
    done = deny(std::move(error));
  } else {
    const auto fault = core.faults.take(place, subject);
    if (!fault || fault->apply) done = call();
    if (fault) done = deny({fault->code, fault->storage_error, fault->message, subject, true});
  }
  if (done) {
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  const WriteError& error = done.error();
  if (error.storage_error != 0) {
    context.AddTrailingMetadata("google.cloud.bigquery.storage.v1.storageerror-bin",
                                storage_error(error).SerializeAsString());
  }
  reactor->Finish(
      grpc::Status(static_cast<grpc::StatusCode>(error.code), error.message,
                   error.storage_error != 0 ? status_message(error).SerializeAsString() : ""));
  return reactor;
}

}  // namespace

grpc::ServerBidiReactor<bqs::AppendRowsRequest, bqs::AppendRowsResponse>* WriteService::AppendRows(
    grpc::CallbackServerContext* context) {
  return AppendReactor::start(core_, *context);
}

grpc::ServerUnaryReactor* WriteService::CreateWriteStream(
    grpc::CallbackServerContext* context, const bqs::CreateWriteStreamRequest* request,
    bqs::WriteStream* response) {
  return reply(core_, *context, FaultPlace::kCreate, request->parent(), [&]() -> WriteResult<void> {
    const auto name = parse_stream_name(request->parent());
    const int type = request->write_stream().type();
    if (!name || !name->stream.empty())
      return deny(invalid("Invalid table name: " + request->parent()));
    if (type < 1 || type > 3)
      return deny(invalid("The type of the stream must be COMMITTED, PENDING or BUFFERED."));
    auto info = core_.catalog.create_stream(name->table, static_cast<StreamType>(type));
    if (!info) return tl::unexpected(info.error());
    fill(*info, true, *response);
    return {};
  });
}

grpc::ServerUnaryReactor* WriteService::GetWriteStream(grpc::CallbackServerContext* context,
                                                       const bqs::GetWriteStreamRequest* request,
                                                       bqs::WriteStream* response) {
  return reply(core_, *context, FaultPlace::kGet, request->name(), [&]() -> WriteResult<void> {
    auto info = core_.catalog.get_stream(request->name());
    if (!info) return tl::unexpected(info.error());
    fill(*info, request->view() == bqs::FULL, *response);
    return {};
  });
}

grpc::ServerUnaryReactor* WriteService::FinalizeWriteStream(
    grpc::CallbackServerContext* context, const bqs::FinalizeWriteStreamRequest* request,
    bqs::FinalizeWriteStreamResponse* response) {
  return reply(core_, *context, FaultPlace::kFinalize, request->name(), [&]() -> WriteResult<void> {
    auto rows = core_.catalog.finalize_stream(request->name());
    if (!rows) return tl::unexpected(rows.error());
    response->set_row_count(*rows);
    return {};
  });
}

grpc::ServerUnaryReactor* WriteService::BatchCommitWriteStreams(
    grpc::CallbackServerContext* context, const bqs::BatchCommitWriteStreamsRequest* request,
    bqs::BatchCommitWriteStreamsResponse* response) {
  return reply(core_, *context, FaultPlace::kCommit, request->parent(), [&]() -> WriteResult<void> {
    const auto name = parse_stream_name(request->parent());
    if (!name) return deny(invalid("Invalid table name: " + request->parent()));
    std::vector<WriteError> errors;
    auto time = core_.catalog.commit_streams(
        name->table, {request->write_streams().begin(), request->write_streams().end()}, errors);
    if (!time) return tl::unexpected(time.error());
    for (const WriteError& error : errors) *response->add_stream_errors() = storage_error(error);
    if (errors.empty()) set_time(*time, *response->mutable_commit_time());
    return {};
  });
}

grpc::ServerUnaryReactor* WriteService::FlushRows(grpc::CallbackServerContext* context,
                                                  const bqs::FlushRowsRequest* request,
                                                  bqs::FlushRowsResponse* response) {
  return reply(
      core_, *context, FaultPlace::kFlush, request->write_stream(), [&]() -> WriteResult<void> {
        if (!request->has_offset()) return deny(invalid("The offset is missing."));
        auto offset = core_.catalog.flush_rows(request->write_stream(), request->offset().value());
        if (!offset) return tl::unexpected(offset.error());
        response->set_offset(*offset);
        return {};
      });
}

}  // namespace rs::fakes
