#pragma once
// Which route a request means: exact paths, paths whose last segment is a parameter, and ends of
// paths.
// Routes are looked at in the order they were added, so the busiest comes first.
// Paths match percent-decoded, and a slash at the end makes no difference. One per thread: decoding
// uses a buffer of its own.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace rs::http {

struct RouteMatch {
  enum class Kind : std::uint8_t { kFound, kNotFound, kMethodNotAllowed };
  Kind kind = Kind::kNotFound;
  int route = -1;              // As added.
  std::string_view path;       // Decoded, with the slash at its end. Valid until the next match().
  std::string_view parameter;  // Decoded, not empty, without '/'. Valid until the next match().
  std::string_view allow;      // For the field Allow, such as "GET, HEAD".
};

class Router {
 public:
  // `route` is what match() will name it by. A path may be added for several methods. GET takes
  // HEAD too.
  void add(Method method, std::string path, int route);
  // Matches `prefix` followed by one segment: add_parameter(kPost, "/api/v1/streaming/", 0).
  void add_parameter(Method method, std::string prefix, int route);
  // Matches every path that ends with `suffix`, which begins with '/': behind a proxy that does not
  // take its prefix off ("/shop/g/collect").
  void add_suffix(Method method, std::string suffix, int route);

  [[nodiscard]] RouteMatch match(const Request& request);

 private:
  struct Target {
    Method method;
    int route;
  };
  enum class Shape : std::uint8_t { kExact, kParameter, kSuffix };
  struct Path {
    std::string text;
    Shape shape;
    std::vector<Target> targets;
    std::string allow;
  };

  void add_target(Method method, std::string text, Shape shape, int route);
  [[nodiscard]] std::string_view decode(std::string_view path);

  std::vector<Path> paths_;
  std::string decoded_;
};

}  // namespace rs::http
