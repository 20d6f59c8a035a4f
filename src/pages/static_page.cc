#include "pages/static_page.h"

#include <functional>

#include <fmt/format.h>

#include "base/text.h"

namespace rs::pages {
namespace {

std::string_view without_weakness(std::string_view tag) {
  if (tag.substr(0, 2) == "W/") tag.remove_prefix(2);
  return tag;
}

}  // namespace

void StaticPage::fill(const http::Request& request, http::Response& response) const {
  response.headers.append(headers);
  response.add("ETag", etag);
  if (client_holds(request.header(http::Known::kIfNoneMatch), etag)) {
    response.status = 304;
    return;
  }
  response.content_type = content_type;
  response.shared_body = body;
}

std::string etag_of_hash(std::string_view hash) {
  return fmt::format("W/\"{}\"", hash);
}

std::string etag_of_content(std::string_view content) {
  // libstdc++ hashes with a fixed seed: all copies of one build give one page the same tag.
  return etag_of_hash(fmt::format("{:016x}", std::hash<std::string_view>{}(content)));
}

bool client_holds(std::string_view if_none_match, std::string_view etag) {
  if (trim(if_none_match) == "*") return true;
  while (!if_none_match.empty()) {
    const std::string_view tag = trim(take_until(if_none_match, ','));
    if (without_weakness(tag) == without_weakness(etag)) return true;
  }
  return false;
}

}  // namespace rs::pages
