#include "http/router.h"

#include <algorithm>
#include <utility>

#include "http/characters.h"

namespace rs::http {
namespace {

std::string_view method_name(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET, HEAD";
    case Method::kHead:
      return "HEAD";
    case Method::kPost:
      return "POST";
    case Method::kOptions:
      return "OPTIONS";
    case Method::kOther:
      break;
  }
  return "";
}

bool accepts(Method route, Method asked) {
  return route == asked || (route == Method::kGet && asked == Method::kHead);
}

}  // namespace

void Router::add(Method method, std::string path, int route) {
  add_target(method, std::move(path), Shape::kExact, route);
}

void Router::add_parameter(Method method, std::string prefix, int route) {
  add_target(method, std::move(prefix), Shape::kParameter, route);
}

void Router::add_suffix(Method method, std::string suffix, int route) {
  add_target(method, std::move(suffix), Shape::kSuffix, route);
}

void Router::add_target(Method method, std::string text, Shape shape, int route) {
  auto path = std::find_if(paths_.begin(), paths_.end(), [&](const Path& known) {
    return known.text == text && known.shape == shape;
  });
  if (path == paths_.end()) {
    paths_.push_back({std::move(text), shape, {}, {}});
    path = paths_.end() - 1;
  }
  path->targets.push_back({method, route});
  path->allow.append(path->allow.empty() ? "" : ", ").append(method_name(method));
}

RouteMatch Router::match(const Request& request) {
  const bool is_encoded = request.path.find('%') != std::string_view::npos;
  RouteMatch match;
  match.path = is_encoded ? decode(request.path) : request.path;
  std::string_view asked = match.path;
  if (asked.size() > 1 && asked.ends_with('/')) asked.remove_suffix(1);
  for (const Path& path : paths_) {
    std::string_view parameter;
    if (path.shape == Shape::kSuffix) {
      if (!asked.ends_with(path.text)) continue;
    } else if (path.shape == Shape::kParameter) {
      if (!asked.starts_with(path.text)) continue;
      parameter = asked.substr(path.text.size());
      if (parameter.empty() || parameter.find('/') != std::string_view::npos) continue;
    } else if (asked != path.text) {
      continue;
    }
    match.kind = RouteMatch::Kind::kMethodNotAllowed;
    match.parameter = parameter;
    match.allow = path.allow;
    for (const Target& target : path.targets) {
      if (!accepts(target.method, request.method)) continue;
      match.kind = RouteMatch::Kind::kFound;
      match.route = target.route;
      break;
    }
    return match;
  }
  return match;
}

// What is not an escape stays as it is.
std::string_view Router::decode(std::string_view path) {
  decoded_.clear();
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool is_escape = path[i] == '%' && i + 2 < path.size() && hex_value(path[i + 1]) >= 0 &&
                           hex_value(path[i + 2]) >= 0;
    if (is_escape) {
      decoded_ += static_cast<char>(hex_value(path[i + 1]) * 16 + hex_value(path[i + 2]));
      i += 2;
    } else {
      decoded_ += path[i];
    }
  }
  return decoded_;
}

}  // namespace rs::http
