// Queries in the small form that shows rows: SELECT * FROM t [LIMIT n] and SELECT COUNT(*) FROM t.
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "base/text.h"
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

// Words as they stand, and ( ) * ; each by itself.
std::vector<std::string> split_sql(const std::string& sql) {
  std::vector<std::string> words(1);
  for (const char c : sql) {
    const bool is_blank = std::string_view(" \t\r\n").find(c) != std::string_view::npos;
    const bool is_mark = std::string_view("()*;").find(c) != std::string_view::npos;
    if ((is_blank || is_mark) && !words.back().empty()) words.emplace_back();
    if (!is_blank) words.back() += c;
    if (is_mark) words.emplace_back();
  }
  while (!words.empty() && (words.back().empty() || words.back() == ";")) words.pop_back();
  return words;
}

// The words of a query, taken from the front.
class Words {
 public:
  explicit Words(std::vector<std::string> words) : words_(std::move(words)) {}
  bool take(std::string_view word) {
    const bool found = at_ < words_.size() && equals_ignoring_case(words_[at_], word);
    at_ += found ? 1 : 0;
    return found;
  }
  std::string take() { return at_ < words_.size() ? words_[at_++] : std::string(); }
  [[nodiscard]] bool next_is(std::string_view word) const {
    return at_ < words_.size() && equals_ignoring_case(words_[at_], word);
  }
  [[nodiscard]] bool done() const { return at_ >= words_.size(); }

 private:
  std::vector<std::string> words_;
  std::size_t at_ = 0;
};

// SELECT * | COUNT(*) [[AS] name] FROM table [LIMIT n]; false for anything else.
bool read_query(Words words, Query& query, std::string& table) {
  if (!words.take("select")) return false;
  query.counts = words.take("count");
  if (query.counts && !words.take("(")) return false;
  if (!words.take("*") || (query.counts && !words.take(")"))) return false;
  if (query.counts && (words.take("as") || !words.next_is("from"))) query.column = words.take();
  if (!words.take("from")) return false;
  table = words.take();
  if (words.take("limit")) {
    const std::string limit = words.take();
    if (limit.empty() || limit.size() > 9 ||
        limit.find_first_not_of("0123456789") != std::string::npos)
      return false;
    query.limit = static_cast<std::size_t>(std::stoul(limit));
  }
  return words.done();
}

ApiResult<Query> parse_query(const std::string& sql, const std::string& project,
                             const Json* default_dataset) {
  Query query;
  std::string table;
  if (!read_query(Words(split_sql(sql)), query, table)) {
    return refuse(
        400, "invalidQuery",
        "The fake understands SELECT * FROM table [LIMIT n] and SELECT COUNT(*) FROM table, not: " +
            sql);
  }
  query.table = table_named(table, project, default_dataset);
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
