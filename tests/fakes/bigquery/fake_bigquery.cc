#include "fakes/bigquery/fake_bigquery.h"

#include <utility>

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include "fakes/bigquery/rest_handler.h"
#include "fakes/bigquery/table_store.h"
#include "fakes/bigquery/write_service.h"
#include "http/server.h"

namespace rs::fakes {

struct FakeBigQuery::Parts {
  explicit Parts(FakeBigQueryOptions options) : core(std::move(options)), service(core) {}

  std::unique_ptr<TableStore> store;  // Null: everything is in memory.
  Core core;
  WriteService service;
  std::unique_ptr<http::Server> rest;
  std::unique_ptr<grpc::Server> grpc;
  int grpc_port = 0;

  Result<void> restore() {
    const auto& options = core.options;
    if (options.store.empty()) return {};
    if (options.keep != KeptRows::kAll) {
      return fail(ErrorCode::kInvalidInput, "a file keeps all of a row or nothing");
    }
    RS_TRY(store, TableStore::open(options.store));
    return core.catalog.restore(*store, options.id_column);
  }
};

namespace {

std::string loopback(int port) {
  return fmt::format("127.0.0.1:{}", port);
}

// The JSON of a table, which may be only its list of fields.
ApiResult<Json> table_body(std::string_view json) {
  auto parsed = Json::parse(json);
  if (!parsed) return refuse(400, "parseError", parsed.error().message);
  if (parsed->kind() != Json::Kind::kArray) return *std::move(parsed);
  Json body;
  body["schema"]["fields"] = *std::move(parsed);
  return body;
}

Result<void> plain(const ApiResult<Json>& result) {
  if (result) return {};
  const auto code = result.error().status == 404 ? ErrorCode::kNotFound : ErrorCode::kInvalidInput;
  return fail(code, result.error().message);
}

}  // namespace

FakeBigQuery::FakeBigQuery(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Result<std::unique_ptr<FakeBigQuery>> FakeBigQuery::start(FakeBigQueryOptions options) {
  http::ServerSettings settings;
  settings.host = "127.0.0.1";
  settings.port = options.rest_port;
  settings.threads = 1;
  settings.body_bytes_max = std::size_t{16} << 20;
  const int grpc_port = options.grpc_port;
  auto parts = std::make_unique<Parts>(std::move(options));
  parts->grpc_port = grpc_port;
  if (auto restored = parts->restore(); !restored) return tl::unexpected(restored.error());
  RS_TRY(parts->rest, http::Server::listen(settings));
  Core& core = parts->core;
  parts->rest->run([&core](unsigned, Mailbox&) { return std::make_unique<RestHandler>(core); });
  std::unique_ptr<FakeBigQuery> fake(new FakeBigQuery(std::move(parts)));
  if (auto started = fake->start_grpc(); !started) return tl::unexpected(started.error());
  return fake;
}

FakeBigQuery::~FakeBigQuery() {
  parts_->core.gate.open();
  stop_grpc();
  parts_->rest->stop(std::chrono::steady_clock::now());
  parts_->rest->join();
}

Result<void> FakeBigQuery::start_grpc() {
  if (parts_->grpc != nullptr) return {};
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(loopback(parts_->grpc_port), grpc::InsecureServerCredentials(), &port);
  builder.SetMaxReceiveMessageSize(-1);
  builder.SetMaxSendMessageSize(-1);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             parts_->core.options.min_ping_interval_ms);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  if (const auto age = parts_->core.options.connection_age; age.count() != 0) {
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, static_cast<int>(age.count()));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                               static_cast<int>(parts_->core.options.connection_grace.count()));
  }
  builder.RegisterService(&parts_->service);
  parts_->grpc = builder.BuildAndStart();
  if (parts_->grpc == nullptr || port == 0) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("cannot listen on {} for gRPC", loopback(parts_->grpc_port)));
  }
  parts_->grpc_port = port;
  return {};
}

void FakeBigQuery::stop_grpc(std::chrono::milliseconds grace) {
  if (parts_->grpc == nullptr) return;
  parts_->grpc->Shutdown(std::chrono::system_clock::now() + grace);
  parts_->grpc->Wait();
  const bool gone =
      wait_for([](const FakeBigQueryStats& stats) { return stats.connections_open == 0; });
  if (!gone) std::abort();  // A call that outlives its server would touch freed memory.
  parts_->grpc.reset();
}

std::string FakeBigQuery::rest_address() const {
  return loopback(parts_->rest->port());
}

std::string FakeBigQuery::grpc_address() const {
  return loopback(parts_->grpc_port);
}

std::string FakeBigQuery::token_url() const {
  return "http://" + rest_address() + "/token";
}

void FakeBigQuery::create_dataset(const std::string& project, const std::string& dataset,
                                  const std::string& location) {
  Json body;
  body["datasetReference"]["datasetId"] = Json::of(dataset);
  body["location"] = Json::of(location);
  static_cast<void>(
      parts_->core.catalog.insert_dataset(project, std::move(body)));  // It may exist.
}

Result<void> FakeBigQuery::create_table(const TableName& name, std::string_view json) {
  auto body = table_body(json);
  if (!body) return plain(body);
  (*body)["tableReference"]["tableId"] = Json::of(name.table);
  return plain(parts_->core.catalog.insert_table(name.project, name.dataset, *std::move(body)));
}

Result<void> FakeBigQuery::patch_table(const TableName& name, std::string_view json) {
  auto body = table_body(json);
  if (!body) return plain(body);
  return plain(parts_->core.catalog.patch_table(name, *std::move(body), ""));
}

void FakeBigQuery::delete_table(const TableName& name) {
  static_cast<void>(parts_->core.catalog.delete_table(name));
}

std::optional<std::string> FakeBigQuery::table(const TableName& name) const {
  const auto found = parts_->core.catalog.get_table(name);
  return found ? std::optional(found->print()) : std::nullopt;
}

void FakeBigQuery::hold_schema_changes(bool hold) {
  parts_->core.catalog.hold_schema_changes(hold);
}

void FakeBigQuery::add_fault(Fault fault) {
  parts_->core.faults.add(std::move(fault));
}

void FakeBigQuery::clear_faults() {
  parts_->core.faults.clear();
}

void FakeBigQuery::hold_answers(bool hold) {
  hold ? parts_->core.gate.shut() : parts_->core.gate.open();
}

void FakeBigQuery::expire_tokens() {
  parts_->core.tokens.expire();
}

FakeBigQueryStats FakeBigQuery::stats() const {
  return stats_of(parts_->core);
}

std::vector<SeenRequest> FakeBigQuery::requests() const {
  return parts_->core.observed.requests();
}

bool FakeBigQuery::wait_for(const std::function<bool(const FakeBigQueryStats&)>& holds,
                            std::chrono::milliseconds limit) const {
  return parts_->core.observed.wait_for(holds, limit);
}

std::vector<std::string> FakeBigQuery::rows(const TableName& name) const {
  std::vector<std::string> out;
  if (parts_->core.options.keep != KeptRows::kAll) return out;
  for (const auto& chunk : parts_->core.catalog.rows(name)) {
    for (const std::string& row : chunk->rows) {
      out.push_back(chunk->reader->json(row, *chunk->defaults, chunk->time));
    }
  }
  return out;
}

std::uint64_t FakeBigQuery::row_count(const TableName& name) const {
  return parts_->core.catalog.row_count(name);
}

std::vector<std::string> FakeBigQuery::ids(const TableName& name) const {
  std::vector<std::string> out;
  if (parts_->core.options.keep != KeptRows::kIds) return out;
  for (const auto& chunk : parts_->core.catalog.rows(name)) {
    out.insert(out.end(), chunk->rows.begin(), chunk->rows.end());
  }
  return out;
}

std::vector<std::string> FakeBigQuery::streams() const {
  return parts_->core.catalog.streams();
}

}  // namespace rs::fakes
