#pragma once
// A page that does not change while the server runs, with its validators.
// Immutable, so any thread may fill from it. The bytes it names are not its own and outlive the
// server: that is what Response::shared_body asks for.

#include <string>
#include <string_view>

#include "http/message.h"

namespace rs::pages {

struct StaticPage {
  std::string_view content_type;  // A constant.
  std::string_view body;
  std::string etag;
  std::string headers;  // Further header lines, each "Name: value\r\n".

  // 200, or 304 when the client holds this very page.
  void fill(const http::Request& request, http::Response& response) const;
};

// W/"..." for what a page says: weak, because one tag stands for all content encodings.
[[nodiscard]] std::string etag_of_hash(std::string_view hash);
[[nodiscard]] std::string etag_of_content(std::string_view content);

// If-None-Match names `etag`, compared weakly as RFC 9110 section 13.1.2 says, or is "*".
[[nodiscard]] bool client_holds(std::string_view if_none_match, std::string_view etag);

}  // namespace rs::pages
