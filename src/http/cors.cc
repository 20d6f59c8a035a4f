#include "http/cors.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "base/text.h"
#include "http/characters.h"

namespace rs::http {
namespace {

// Always allowed, as in Starlette: the safelisted ones of the Fetch standard.
constexpr std::string_view kSafeHeaders[] = {"Accept", "Accept-Language", "Content-Language",
                                             "Content-Type"};

// Always allowed too: client hints, which a page may have the browser send to other origins.
constexpr std::string_view kHintHeaders[] = {"Sec-CH-UA",
                                             "Sec-CH-UA-Arch",
                                             "Sec-CH-UA-Bitness",
                                             "Sec-CH-UA-Form-Factors",
                                             "Sec-CH-UA-Full-Version",
                                             "Sec-CH-UA-Full-Version-List",
                                             "Sec-CH-UA-Mobile",
                                             "Sec-CH-UA-Model",
                                             "Sec-CH-UA-Platform",
                                             "Sec-CH-UA-Platform-Version"};

constexpr std::string_view kAllowOrigin = "Access-Control-Allow-Origin: ";

std::string join(const std::vector<std::string>& parts) {
  std::string out;
  for (const auto& part : parts) out.append(out.empty() ? "" : ", ").append(part);
  return out;
}

// scheme://host[:port] without a path, in the form browsers send.
bool is_origin(std::string_view text) {
  const auto colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0) return false;
  const auto host = text.substr(colon + 3);
  return !host.empty() && lower_case(text) == text &&
         std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), is_letter) &&
         std::all_of(host.begin(), host.end(), [](char c) {
           return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == ':' || c == '[' ||
                  c == ']';
         });
}

bool is_before(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

bool is_subdomain_char(char c) {
  return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '.' || c == '_';
}

}  // namespace

Result<Cors> Cors::create(const CorsSettings& settings) {
  Cors cors;
  for (const auto& origin : settings.allowed_origins) {
    const auto star = origin.find('*');
    if (origin == "*") {
      cors.any_origin_ = true;
    } else if (star == std::string::npos) {
      if (!is_origin(origin)) {
        return fail(ErrorCode::kInvalidInput,
                    fmt::format("'{}' is not an origin such as https://shop.example.com", origin));
      }
      cors.exact_.push_back({origin, ""});
    } else {
      const Pattern pattern{origin.substr(0, star), origin.substr(star + 1)};
      const bool has_dot = pattern.after.size() > 1 && pattern.after[0] == '.';
      if (!pattern.before.ends_with("://") || !has_dot ||
          !is_origin(pattern.before + "x" + pattern.after)) {
        return fail(ErrorCode::kInvalidInput,
                    fmt::format("'{}' is not a pattern such as https://*.example.com", origin));
      }
      cors.patterns_.push_back(pattern);
    }
  }
  if (cors.any_origin_ && settings.allow_credentials) {
    return fail(ErrorCode::kInvalidInput, "the origin '*' cannot be allowed with credentials");
  }
  if (settings.allow_credentials) cors.tail_ += "Access-Control-Allow-Credentials: true\r\n";
  if (!cors.any_origin_) cors.tail_ += "Vary: Origin\r\n";
  for (auto& exact : cors.exact_) {
    exact.lines = std::string(kAllowOrigin) + exact.origin + "\r\n" + cors.tail_;
  }
  std::sort(cors.exact_.begin(), cors.exact_.end(),
            [](const Exact& a, const Exact& b) { return is_before(a.origin, b.origin); });

  cors.methods_ = settings.allow_methods;
  cors.methods_line_ = join(settings.allow_methods);
  std::set<std::string> names(std::begin(kSafeHeaders), std::end(kSafeHeaders));
  names.insert(std::begin(kHintHeaders), std::end(kHintHeaders));
  names.insert(settings.allow_headers.begin(), settings.allow_headers.end());
  cors.any_header_ = names.erase("*") > 0;
  cors.headers_line_ = join({names.begin(), names.end()});
  for (const auto& name : names) cors.headers_.push_back(lower_case(name));
  return cors;
}

void Cors::apply(const Request& request, Response& response) const {
  const auto origin = request.header(Known::kOrigin);
  if (any_origin_) {
    if (origin.data() != nullptr) response.headers.append(kAllowOrigin).append("*\r\n");
    return;
  }
  if (origin.data() != nullptr) {
    if (const Exact* exact = find_exact(origin)) {
      response.headers.append(exact->lines);
      return;
    }
    if (is_allowed(origin)) {
      response.headers.append(kAllowOrigin).append(origin).append("\r\n").append(tail_);
      return;
    }
  }
  // Not for this origin, but a cache must not show it to another that is allowed.
  if (!exact_.empty() || !patterns_.empty()) response.headers.append("Vary: Origin\r\n");
}

bool Cors::preflight(const Request& request, Response& response) const {
  const auto method = request.header(Known::kAccessControlRequestMethod);
  const auto origin = request.header(Known::kOrigin);
  if (request.method != Method::kOptions || origin.data() == nullptr || method.data() == nullptr) {
    return false;
  }
  const auto asked = request.header(Known::kAccessControlRequestHeaders);
  std::string refused;
  const auto refuse = [&refused](std::string_view what) {
    refused.append(refused.empty() ? "Disallowed CORS " : ", ").append(what);
  };
  const bool is_origin_allowed = is_allowed(origin);
  if (!is_origin_allowed) refuse("origin");
  if (!is_method_allowed(method)) refuse("method");
  if (!are_headers_allowed(asked)) refuse("headers");

  response.status = refused.empty() ? 200 : 400;
  response.content_type = "text/plain; charset=utf-8";
  response.body = refused.empty() ? "OK" : refused;
  apply(request, response);
  if (!is_origin_allowed) return true;
  response.add("Access-Control-Allow-Methods", methods_line_);
  response.add("Access-Control-Max-Age", "600");
  const auto allowed = any_header_ && asked.data() != nullptr ? asked : headers_line_;
  response.add("Access-Control-Allow-Headers", allowed);
  return true;
}

const Cors::Exact* Cors::find_exact(std::string_view origin) const {
  const auto found =
      std::lower_bound(exact_.begin(), exact_.end(), origin,
                       [](const Exact& a, std::string_view b) { return is_before(a.origin, b); });
  return found != exact_.end() && found->origin == origin ? &*found : nullptr;
}

bool Cors::is_allowed(std::string_view origin) const {
  return any_origin_ || find_exact(origin) != nullptr ||
         std::any_of(patterns_.begin(), patterns_.end(),
                     [origin](const Pattern& pattern) { return pattern.matches(origin); });
}

bool Cors::is_method_allowed(std::string_view method) const {
  return std::find(methods_.begin(), methods_.end(), method) != methods_.end();
}

bool Cors::are_headers_allowed(std::string_view requested) const {
  while (!any_header_ && requested.data() != nullptr) {
    const auto name = trim(take_until(requested, ','));
    const bool is_known =
        name.empty() || std::any_of(headers_.begin(), headers_.end(), [name](const auto& allowed) {
          return equals_ignoring_case(allowed, name);
        });
    if (!is_known) return false;
  }
  return true;
}

bool Cors::Pattern::matches(std::string_view origin) const {
  if (origin.size() <= before.size() + after.size()) return false;
  if (!origin.starts_with(before) || !origin.ends_with(after)) return false;
  const auto middle = origin.substr(before.size(), origin.size() - before.size() - after.size());
  return middle.front() != '.' && middle.back() != '.' &&
         std::all_of(middle.begin(), middle.end(), is_subdomain_char);
}

}  // namespace rs::http
