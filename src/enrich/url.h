#pragma once
// Takes URLs apart as browsers send them. Never fails: what is not there is empty.
//   https://user@www.shop.example:8443/a/b?utm_source=x&q=1#top
// Cuts only; nothing is decoded, lower-cased or checked. Backslashes count as slashes up to the
// path, as in the URL standard for web addresses. Without "//" there is no host ("/path?q",
// "about:blank", "mailto:a@b"), but the query is found all the same.
// Views into the text given. Linear time, whatever is sent.

#include <string_view>

#include "base/arena.h"

namespace rs::enrich {

struct Url {
  std::string_view scheme;    // "https", as written.
  std::string_view host;      // "www.shop.example" or "[::1]".
  std::string_view port;      // "8443".
  std::string_view path;      // "/a/b".
  std::string_view query;     // Without '?'.
  std::string_view fragment;  // Without '#'.
};

[[nodiscard]] Url split_url(std::string_view text);

struct QueryPair {
  std::string_view key, value;  // Still encoded. Without '=' the value is empty.
};

// The pairs of a query in order: a=1&b=2. Empty pieces (a&&b) are passed over.
class QueryReader {
 public:
  explicit QueryReader(std::string_view query) : rest_(query) {}
  // False at the end.
  [[nodiscard]] bool next(QueryPair& out);

 private:
  std::string_view rest_;
};

// Whether decoding changes anything.
[[nodiscard]] bool is_encoded(std::string_view text);

// application/x-www-form-urlencoded: '+' is a blank and %XX a byte; a '%' without two hexadecimal
// digits stays. The result is UTF-8 (U+FFFD for what is not), in the arena or `text` itself.
[[nodiscard]] std::string_view decode_query_text(std::string_view text, Arena& arena);

}  // namespace rs::enrich
