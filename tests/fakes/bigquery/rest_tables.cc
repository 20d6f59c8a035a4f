#include <algorithm>

#include "fakes/bigquery/rest_routes.h"

namespace rs::fakes {
namespace {

RestReply no_method(const RestRequest& request) {
  return error_reply({404, "notFound", "The fake has no " + request.method + " " + request.path});
}

RestReply nothing(const ApiResult<void>& result) {
  if (!result) return error_reply(result.error());
  RestReply reply;
  reply.status = 204;
  return reply;
}

// `change` with the body, if that is JSON.
template <class Change>
RestReply with_body(const RestRequest& request, Change&& change) {
  auto body = request.json();
  return body ? reply_of(change(*std::move(body))) : error_reply(body.error());
}

RestReply serve_table(Core& core, const RestRequest& request) {
  const TableName name = request.table();
  if (request.parts.size() == 9 && request.parts[8] == "data" && request.method == "GET") {
    const auto table = core.catalog.get_table(name);
    if (!table) return error_reply(table.error());
    const std::size_t start =
        std::max(request.number("startIndex", 0), request.number("pageToken", 0));
    const std::size_t count = std::min<std::size_t>(request.number("maxResults", 10'000), 10'000);
    const bool integers = request.parameter("formatOptions.useInt64Timestamp") == "true";
    Json out;
    out["kind"] = Json::of("bigquery#tableDataList");
    out["totalRows"] = Json::of(table->text("numRows"));
    Json rows = row_cells(core, name, start, count, integers);
    const std::size_t end = start + rows.items().size();
    if (end < core.catalog.row_count(name) && !rows.items().empty())
      out["pageToken"] = Json::of(std::to_string(end));
    out["rows"] = std::move(rows);
    return json_reply(out);
  }
  if (request.parts.size() != 8) return no_method(request);
  if (request.method == "GET") return reply_of(core.catalog.get_table(name));
  if (request.method == "DELETE") return nothing(core.catalog.delete_table(name));
  if (request.method == "PATCH" || request.method == "PUT") {
    return with_body(request, [&](Json body) {
      return core.catalog.patch_table(name, std::move(body), request.header("if-match"));
    });
  }
  return no_method(request);
}

RestReply serve_tables(Core& core, const RestRequest& request) {
  if (request.method == "GET")
    return reply_of(core.catalog.list_tables(request.parts[3], request.parts[5]));
  if (request.method != "POST") return no_method(request);
  return with_body(request, [&](Json body) {
    return core.catalog.insert_table(request.parts[3], request.parts[5], std::move(body));
  });
}

}  // namespace

Json row_cells(Core& core, const TableName& name, std::size_t start, std::size_t count,
               bool integer_timestamps) {
  Json out = Json::array();
  const auto target = core.catalog.find_table(name);
  if (!target) return out;
  const CellForm form{target->shape->columns, integer_timestamps};
  std::size_t at = 0;
  for (const auto& chunk : core.catalog.rows(name)) {
    for (const std::string& row : chunk->rows) {
      if (out.items().size() == count || core.options.keep != KeptRows::kAll) return out;
      if (at++ < start) continue;
      out.push(Json::raw(chunk->reader->tabledata(row, *chunk->defaults, chunk->time, form)));
    }
  }
  return out;
}

// Parts: bigquery, v2, projects, P, datasets, D, tables, T, data.
RestReply serve_datasets(Core& core, const RestRequest& request) {
  const auto& parts = request.parts;
  if (parts.size() == 5) {
    if (request.method == "GET") return json_reply(core.catalog.list_datasets(parts[3]));
    if (request.method != "POST") return no_method(request);
    return with_body(
        request, [&](Json body) { return core.catalog.insert_dataset(parts[3], std::move(body)); });
  }
  if (parts.size() == 6) {
    if (request.method == "GET") return reply_of(core.catalog.get_dataset(parts[3], parts[5]));
    if (request.method == "DELETE") return nothing(core.catalog.delete_dataset(parts[3], parts[5]));
    return no_method(request);
  }
  if (parts[6] != "tables") return no_method(request);
  return parts.size() == 7 ? serve_tables(core, request) : serve_table(core, request);
}

}  // namespace rs::fakes
