// What is asked of the fake itself, and tokens.
#include <fmt/format.h>

#include "base/text.h"
#include "fakes/bigquery/rest_routes.h"

namespace rs::fakes {
namespace {

Json stats_json(const FakeBigQueryStats& stats) {
  Json out;
  out["connections"] = Json::of(stats.connections);
  out["connections_open"] = Json::of(stats.connections_open);
  out["requests"] = Json::of(stats.requests);
  out["requests_stored"] = Json::of(stats.requests_stored);
  out["acks"] = Json::of(stats.acks);
  out["errors"] = Json::of(stats.errors);
  out["rows_received"] = Json::of(stats.rows_received);
  out["rows_stored"] = Json::of(stats.rows_stored);
  out["rows_blamed"] = Json::of(stats.rows_blamed);
  out["bytes_received"] = Json::of(stats.bytes_received);
  out["rest_requests"] = Json::of(stats.rest_requests);
  out["tokens"] = Json::of(stats.tokens);
  Json& faults = out["faults"] = Json::object();
  for (const auto& [name, count] : stats.faults) faults[name] = Json::of(count);
  return out;
}

RestReply serve_faults(Core& core, const RestRequest& request) {
  if (request.method == "DELETE") {
    core.faults.clear();
    return json_reply(Json::object());
  }
  if (request.method == "GET") {
    Json out = Json::array();
    for (const auto name : fault_names()) out.push(Json::of(name));
    return json_reply(out);
  }
  auto fault = Fault::parse(request.body);
  if (!fault) return error_reply({400, "invalid", fault.error().message});
  core.faults.add(*std::move(fault));
  return json_reply(Json::object());
}

RestReply serve_hold(Core& core, const RestRequest& request) {
  const auto body = request.json();
  if (!body) return error_reply(body.error());
  if (const Json* answers = body->find("answers")) {
    answers->is_true() ? core.gate.shut() : core.gate.open();
  }
  if (const Json* schema = body->find("schema"))
    core.catalog.hold_schema_changes(schema->is_true());
  return json_reply(Json::object());
}

// A JSON array with a row a line.
RestReply serve_rows(Core& core, const TableName& name, const RestRequest& request, bool ids) {
  if (const auto table = core.catalog.get_table(name); !table) return error_reply(table.error());
  const KeptRows kept = core.options.keep;
  if (kept != (ids ? KeptRows::kIds : KeptRows::kAll)) {
    return error_reply(
        {400, "invalid",
         ids ? "Ids are kept with --keep ids only." : "Rows are kept with --keep all only."});
  }
  const std::size_t start = request.number("start", 0),
                    count = request.number("count", static_cast<std::size_t>(-1));
  RestReply reply;
  reply.body = "[";
  std::size_t at = 0, done = 0;
  for (const auto& chunk : core.catalog.rows(name)) {
    for (const std::string& row : chunk->rows) {
      if (at++ < start || done == count) continue;
      reply.body += done++ == 0 ? "\n" : ",\n";
      if (ids) {
        Json::of(row).print(reply.body);
      } else {
        reply.body += chunk->reader->json(row, *chunk->defaults, chunk->time);
      }
    }
  }
  reply.body += "\n]\n";
  return reply;
}

RestReply serve_requests(Core& core) {
  Json out = Json::array();
  for (const SeenRequest& seen : core.observed.requests()) {
    Json entry;
    entry["connection"] = Json::of(seen.connection);
    entry["stream"] = Json::of(seen.stream);
    if (seen.offset >= 0) entry["offset"] = Json::raw(std::to_string(seen.offset));
    entry["rows"] = Json::of(std::uint64_t{seen.rows});
    entry["has_schema"] = Json::of(seen.has_schema);
    entry["trace_id"] = Json::of(seen.trace_id);
    entry["routing"] = Json::of(seen.routing);
    entry["stored"] = Json::of(seen.stored);
    out.push(std::move(entry));
  }
  return json_reply(out);
}

RestReply token_error(const Fault& fault) {
  Json out;
  out["error"] = Json::of(fault.reason);
  out["error_description"] = Json::of(fault.message);
  return json_reply(out, fault.code);
}

}  // namespace

RestReply serve_control(Core& core, const RestRequest& request) {
  const auto& parts = request.parts;
  const std::string what = parts.size() > 1 ? parts[1] : "";
  if (what == "stats") return json_reply(stats_json(stats_of(core)));
  if (what == "faults") return serve_faults(core, request);
  if (what == "requests") return serve_requests(core);
  if (what == "writer_schemas") {
    Json out = Json::object();
    for (auto& [stream, schema] : core.observed.writer_schemas()) out[stream] = Json::raw(schema);
    return json_reply(out);
  }
  if (what == "hold" && request.method == "POST") return serve_hold(core, request);
  if (what == "expire_tokens" && request.method == "POST") {
    core.tokens.expire();
    return json_reply(Json::object());
  }
  if (what == "tables" && parts.size() == 6 && (parts[5] == "rows" || parts[5] == "ids")) {
    return serve_rows(core, {parts[2], parts[3], parts[4]}, request, parts[5] == "ids");
  }
  return error_reply(
      {404, "notFound",
       "There are GET /fake/stats, /fake/requests, /fake/writer_schemas, /fake/faults, "
       "/fake/tables/P/D/T/rows and .../ids; "
       "POST /fake/faults, /fake/hold, /fake/expire_tokens; DELETE /fake/faults"});
}

RestReply serve_token(Core& core, const RestRequest& request) {
  const auto fault = core.faults.take(FaultPlace::kToken, request.method + " " + request.path);
  if (fault) return token_error(*fault);
  if (request.parts.front() == "computeMetadata" && request.header("metadata-flavor") != "Google") {
    return error_reply({403, "forbidden", "Missing Metadata-Flavor:Google header."});
  }
  core.observed.count([](FakeBigQueryStats& stats) { ++stats.tokens; });
  const std::string token = core.tokens.issue();
  Json out;
  if (request.path.find(":generateAccessToken") != std::string::npos) {
    const std::int64_t expiry = now_micros() + core.tokens.lifetime().count() * 1'000'000;
    out["accessToken"] = Json::of(token);
    out["expireTime"] = Json::of(format_utc(expiry).substr(0, 19) + "Z");
    return json_reply(out);
  }
  out["access_token"] = Json::of(token);
  out["expires_in"] = Json::of(static_cast<std::uint64_t>(core.tokens.lifetime().count()));
  out["token_type"] = Json::of("Bearer");
  out["issued_token_type"] = Json::of("urn:ietf:params:oauth:token-type:access_token");
  return json_reply(out);
}

}  // namespace rs::fakes
