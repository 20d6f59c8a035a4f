#include "event/problem.h"

#include <algorithm>

#include "base/text.h"

namespace rs::event {
namespace {

void append_string(std::string& out, std::string_view text) {
  out += '"';
  append_json_escaped(out, text);
  out += '"';
}

void append_problem(std::string& out, const Problem& problem, std::string_view root) {
  out += "{\"type\":";
  append_string(out, problem.type);
  out += ",\"loc\":[";
  append_string(out, root);
  for (const auto& step : problem.loc) {
    out += ',';
    if (const auto* key = std::get_if<std::string>(&step)) {
      append_string(out, *key);
    } else {
      out += std::to_string(std::get<std::size_t>(step));
    }
  }
  out += "],\"msg\":";
  append_string(out, problem.message);
  out.append(",\"input\":").append(problem.input);
  if (!problem.context.empty()) out.append(",\"ctx\":{").append(problem.context).append("}");
  out += '}';
}

}  // namespace

Problem make_problem(const ProblemKind& kind, std::string_view input) {
  Problem out;
  out.type = kind.type;
  out.message = kind.message;
  out.context = kind.context;
  if (input.size() <= kInputMax) {
    out.input = input;
  } else {
    append_string(out.input, std::string(utf8_prefix(input, kInputMax)) + "...");
  }
  return out;
}

Problem too_long(const ListLimit& limit, std::string_view input) {
  Problem out = make_problem(problem::kLongList, input);
  const std::string count = std::to_string(limit.count), setting(limit.setting);
  out.message = "List should have at most " + count + " items after validation: " + setting;
  out.context = "\"max_length\":" + count + ",\"setting\":\"" + setting + "\"";
  return out;
}

Problem json_invalid(std::size_t position, std::string_view reason) {
  Problem out;
  out.type = "json_invalid";
  out.loc.emplace_back(position);
  out.message = "JSON decode error";
  out.input = "{}";
  out.context = "\"error\":";
  append_string(out.context, reason);
  return out;
}

void add_path(Problem& problem, const Path* path) {
  const auto first = static_cast<std::ptrdiff_t>(problem.loc.size());
  for (; path != nullptr; path = path->parent) {
    if (path->key.data() != nullptr) {
      problem.loc.emplace_back(std::string(utf8_prefix(path->key, kInputMax)));
    } else {
      problem.loc.emplace_back(path->index);
    }
  }
  std::reverse(problem.loc.begin() + first, problem.loc.end());
}

void append_problems(std::string& out, std::span<const Problem> problems, std::string_view root) {
  out += '[';
  for (std::size_t i = 0; i < problems.size(); ++i) {
    if (i > 0) out += ',';
    append_problem(out, problems[i], root);
  }
  out += ']';
}

void append_detail(std::string& out, std::span<const Problem> problems, std::string_view root) {
  out += "{\"detail\":";
  append_problems(out, problems, root);
  out += '}';
}

}  // namespace rs::event
