// Queries in the small form that shows rows: SELECT * FROM t [LIMIT n] and SELECT COUNT(*) FROM t.
#include <regex>

#include <fmt/format.h>

#include "fakes/bigquery/rest_routes.h"

namespace rs::fakes {
namespace {

// A table as `p.d.t`, `d.t` or [p:d.t], with or without quotes.
TableName table_named(const std::string& text, const std::string& project,
                      const Json* default_dataset) {
  std::string plain;
  for (const char c : text) {
    if (c != '`' && c != '[' && c != ']') plain += c == ':' ? '.' : c;
  }
  std::vector<std::string> names;
  for (std::size_t at = 0; at <= plain.size();) {
    const auto end = std::min(plain.find('.', at), plain.size());
    names.push_back(plain.substr(at, end - at));
    at = end + 1;
  }
  if (names.size() == 1) {
    names.insert(names.begin(),
                 std::string(default_dataset == nullptr ? "" : default_dataset->text("datasetId")));
  }
  if (names.size() == 2) names.insert(names.begin(), project);
  if (names.size() != 3) return {};
  return {names[0], names[1], names[2]};
}

ApiResult<Query> parse_query(const std::string& sql, const std::string& project,
                             const Json* default_dataset) {
  static const std::regex form(
      R"(\s*select\s+(\*|count\s*\(\s*\*\s*\))(?:\s+(?:as\s+)?(?!from\b)(\w+))?\s+from\s+([^\s;]+)(?:\s+limit\s+(\d{1,9}))?\s*;?\s*)",
      std::regex::icase);
  std::smatch match;
  if (!std::regex_match(sql, match, form)) {
    return refuse(
        400, "invalidQuery",
        "The fake understands SELECT * FROM table [LIMIT n] and SELECT COUNT(*) FROM table, not: " +
            sql);
  }
  Query query;
  query.counts = match[1].str() != "*";
  if (match[2].matched) query.column = match[2].str();
  query.table = table_named(match[3].str(), project, default_dataset);
  if (match[4].matched) query.limit = static_cast<std::size_t>(std::stoul(match[4].str()));
  return query;
}

Json job_reference(const std::string& project, const std::string& id) {
  Json out;
  out["projectId"] = Json::of(project);
  out["jobId"] = Json::of(id);
  out["location"] = Json::of("US");
  return out;
}

Json job_resource(const std::string& project, const std::string& id) {
  Json out;
  out["kind"] = Json::of("bigquery#job");
  out["id"] = Json::of(fmt::format("{}:US.{}", project, id));
  out["jobReference"] = job_reference(project, id);
  out["status"]["state"] = Json::of("DONE");
  out["configuration"]["jobType"] = Json::of("QUERY");
  out["configuration"]["query"] = Json::object();
  const std::string now = std::to_string(now_micros() / 1000);
  Json& statistics = out["statistics"];
  statistics["creationTime"] = statistics["startTime"] = statistics["endTime"] = Json::of(now);
  statistics["query"]["statementType"] = Json::of("SELECT");
  return out;
}

Json count_schema(const std::string& column) {
  Json field;
  field["name"] = Json::of(column);
  field["type"] = Json::of("INTEGER");
  field["mode"] = Json::of("NULLABLE");
  Json out;
  (out["fields"] = Json::array()).push(std::move(field));
  return out;
}

}  // namespace

ApiResult<std::string> Jobs::start(Core& core, const std::string& project,
                                   const Json& configuration) {
  auto query = parse_query(std::string(configuration.text("query")), project,
                           configuration.find("defaultDataset"));
  if (!query) return tl::unexpected(query.error());
  if (auto table = core.catalog.get_table(query->table); !table)
    return tl::unexpected(table.error());
  std::string id = fmt::format("job_{}", queries_.size() + 1);
  queries_[id] = *std::move(query);
  return id;
}

RestReply Jobs::results(Core& core, const RestRequest& request, const std::string& id,
                        bool integer_timestamps) {
  const auto at = queries_.find(id);
  if (at == queries_.end()) return error_reply({404, "notFound", "Not found: Job " + id});
  const Query& query = at->second;
  const auto table = core.catalog.get_table(query.table);
  if (!table) return error_reply(table.error());
  const std::size_t all = std::min<std::size_t>(core.catalog.row_count(query.table), query.limit);
  Json out;
  out["kind"] = Json::of("bigquery#queryResponse");
  out["jobReference"] = job_reference(request.parts[3], id);
  out["jobComplete"] = Json::of(true);
  out["cacheHit"] = Json::of(false);
  out["totalBytesProcessed"] = Json::of("0");
  if (query.counts) {
    out["schema"] = count_schema(query.column);
    out["totalRows"] = Json::of("1");
    (out["rows"] = Json::array()).push(Json::raw(fmt::format(R"({{"f":[{{"v":"{}"}}]}})", all)));
    return json_reply(out);
  }
  out["schema"] = *table->find("schema");
  out["totalRows"] = Json::of(std::to_string(all));
  const std::size_t start =
      std::max(request.number("startIndex", 0), request.number("pageToken", 0));
  const std::size_t count =
      std::min(request.number("maxResults", 10'000), all > start ? all - start : 0);
  if (start + count < all) out["pageToken"] = Json::of(std::to_string(start + count));
  if (count > 0) out["rows"] = row_cells(core, query.table, start, count, integer_timestamps);
  return json_reply(out);
}

// Parts: bigquery, v2, projects, P, jobs or queries, id.
RestReply Jobs::serve(Core& core, const RestRequest& request) {
  const std::string& project = request.parts[3];
  const bool is_queries = request.parts[4] == "queries";
  if (request.method == "GET" && request.parts.size() == 6) {
    const std::string& id = request.parts[5];
    if (is_queries)
      return results(core, request, id,
                     request.parameter("formatOptions.useInt64Timestamp") == "true");
    if (queries_.count(id) == 0) return error_reply({404, "notFound", "Not found: Job " + id});
    return json_reply(job_resource(project, id));
  }
  if (request.method != "POST" || request.parts.size() != 5) {
    return error_reply({404, "notFound", "The fake has no " + request.method + " " + request.path});
  }
  const auto body = request.json();
  if (!body) return error_reply(body.error());
  if (is_queries) {
    const auto id = start(core, project, *body);
    if (!id) return error_reply(id.error());
    const Json* options = body->find("formatOptions");
    const bool integers = options != nullptr && options->text("useInt64Timestamp") == "true";
    return results(core, request, *id, integers);
  }
  const Json* configuration = body->find("configuration");
  const Json* query = configuration == nullptr ? nullptr : configuration->find("query");
  if (query == nullptr)
    return error_reply({501, "notImplemented", "The fake runs query jobs only."});
  const auto id = start(core, project, *query);
  return id ? json_reply(job_resource(project, *id)) : error_reply(id.error());
}

}  // namespace rs::fakes
