#pragma once
// Cross-origin resource sharing (fetch.spec.whatwg.org, "HTTP-CORS protocol"), answered the way
// Starlette's CORSMiddleware does, which clients of FastAPI services know.
// Immutable after create(); any thread may use it. apply() allocates nothing for a warm response.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace rs::http {

struct CorsSettings {
  // "https://shop.example.com", "https://*.example.com" (every subdomain, not example.com itself;
  // scheme and port as written) or "*" (everybody; not together with credentials).
  std::vector<std::string> allowed_origins;
  bool allow_credentials = true;
  std::vector<std::string> allow_methods;
  std::vector<std::string> allow_headers;  // "*" allows whatever is asked for.
};

class Cors {
 public:
  static Result<Cors> create(const CorsSettings& settings);

  // Adds to `response` what lets the request's origin read it; nothing for other origins.
  void apply(const Request& request, Response& response) const;

  // Answers a preflight: true if the request is one. 200, or 400 that says what is not allowed.
  bool preflight(const Request& request, Response& response) const;

  [[nodiscard]] bool is_allowed(std::string_view origin) const;

 private:
  struct Pattern {
    std::string before, after;  // Of the '*', such as "https://" and ".example.com".
    [[nodiscard]] bool matches(std::string_view origin) const;
  };
  struct Exact {
    std::string origin;
    std::string lines;  // That it is answered.
  };

  Cors() = default;
  [[nodiscard]] const Exact* find_exact(std::string_view origin) const;
  [[nodiscard]] bool are_headers_allowed(std::string_view requested) const;
  [[nodiscard]] bool is_method_allowed(std::string_view method) const;

  bool any_origin_ = false;
  bool any_header_ = false;
  std::vector<Exact> exact_;  // By size, then text: most comparisons end at the size.
  std::vector<Pattern> patterns_;
  std::string tail_;  // The lines that follow Access-Control-Allow-Origin.
  std::vector<std::string> methods_, headers_;  // Header names in lower case.
  std::string methods_line_, headers_line_;
};

}  // namespace rs::http
