#include "enrich/url.h"

#include <array>

#include "base/text.h"
#include "enrich/clean_text.h"

namespace rs::enrich {
namespace {

// One look-up a character: every event has two URLs to be taken apart.
constexpr auto kSchemeCharacters = [] {
  std::array<bool, 256> in{};
  for (char c = 'a'; c <= 'z'; ++c) in[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) in[static_cast<unsigned char>(c)] = true;
  for (char c = '0'; c <= '9'; ++c) in[static_cast<unsigned char>(c)] = true;
  for (const char c : {'+', '-', '.'}) in[static_cast<unsigned char>(c)] = true;
  return in;
}();

bool is_letter(char c) {
  return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

// How long the scheme at the start of `text` is; 0 without one.
std::size_t scheme_size(std::string_view text) {
  if (text.empty() || !is_letter(text[0])) return 0;
  std::size_t at = 1;
  while (at < text.size() && kSchemeCharacters[static_cast<unsigned char>(text[at])]) ++at;
  return at < text.size() && text[at] == ':' ? at : 0;
}

bool is_slash(char c) {
  return c == '/' || c == '\\';
}

void split_authority(std::string_view authority, Url& out) {
  if (authority.find('@') != std::string_view::npos) {
    authority.remove_prefix(authority.rfind('@') + 1);
  }
  const auto closed = authority.starts_with('[') ? authority.find(']') : 0;
  const auto colon = closed == std::string_view::npos ? closed : authority.find(':', closed);
  out.host = authority.substr(0, colon);
  if (colon != std::string_view::npos) out.port = authority.substr(colon + 1);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = ascii_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

Url split_url(std::string_view text) {
  Url out;
  text = trim(text);
  if (const auto hash = text.find('#'); hash != std::string_view::npos) {
    out.fragment = text.substr(hash + 1);
    text = text.substr(0, hash);
  }
  if (const auto mark = text.find('?'); mark != std::string_view::npos) {
    out.query = text.substr(mark + 1);
    text = text.substr(0, mark);
  }
  if (const auto size = scheme_size(text); size > 0) {
    out.scheme = text.substr(0, size);
    text.remove_prefix(size + 1);
  }
  if (text.size() >= 2 && is_slash(text[0]) && is_slash(text[1])) {
    text.remove_prefix(2);
    std::size_t end = 0;
    while (end < text.size() && !is_slash(text[end])) ++end;
    split_authority(text.substr(0, end), out);
    text.remove_prefix(end);
  }
  out.path = text;
  return out;
}

bool QueryReader::next(QueryPair& out) {
  while (rest_.starts_with('&')) rest_.remove_prefix(1);
  if (rest_.empty()) return false;
  std::string_view pair = take_until(rest_, '&');
  out.key = take_until(pair, '=');
  out.value = pair;
  return true;
}

bool is_encoded(std::string_view text) {
  return text.find('%') != std::string_view::npos || text.find('+') != std::string_view::npos;
}

std::string_view decode_query_text(std::string_view text, Arena& arena) {
  if (!is_encoded(text)) return clean_text(text, 3 * text.size(), arena);
  char* const start = arena.allocate(text.size());
  char* end = start;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i] == '+' ? ' ' : text[i];
    if (c == '%' && i + 2 < text.size()) {
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high >= 0 && low >= 0) {
        c = static_cast<char>(high * 16 + low);
        i += 2;
      }
    }
    *end++ = c;
  }
  const auto size = static_cast<std::size_t>(end - start);
  // Repairing may make it longer: one bad byte becomes three.
  return clean_text({start, size}, 3 * size, arena);
}

}  // namespace rs::enrich
