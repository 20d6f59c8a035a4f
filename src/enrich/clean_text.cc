#include "enrich/clean_text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/text.h"

namespace rs::enrich {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

// Nearly all headers are ASCII, and a word at a time says so ten times faster than UTF-8 checking.
bool is_ascii(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  std::uint64_t seen = 0, word = 0;
  if (text.size() < sizeof(word)) {
    if (!text.empty()) std::memcpy(&word, text.data(), text.size());
    return (word & kHighBits) == 0;
  }
  const std::size_t last = text.size() - sizeof(word);
  for (std::size_t at = 0; at < last; at += sizeof(word)) {
    std::memcpy(&word, text.data() + at, sizeof(word));
    seen |= word;
  }
  std::memcpy(&word, text.data() + last, sizeof(word));  // May overlap the one before.
  return ((seen | word) & kHighBits) == 0;
}

}  // namespace

std::string_view clean_text(std::string_view text, std::size_t bytes_max, Arena& arena) {
  // One longer than allowed by a character is enough to know where to cut.
  text = text.substr(0, bytes_max + 4);
  if (is_ascii(text)) return text.substr(0, bytes_max);
  std::size_t bad = find_invalid_utf8(text);
  if (bad == std::string_view::npos || bad >= bytes_max) {
    return utf8_prefix(text.substr(0, bad), bytes_max);
  }
  char* const start = arena.allocate(text.size() * kReplacement.size());
  char* end = start;
  while (true) {
    const auto good = text.substr(0, bad);
    if (!good.empty()) std::memcpy(end, good.data(), good.size());
    end += good.size();
    if (bad == std::string_view::npos) break;
    std::memcpy(end, kReplacement.data(), kReplacement.size());
    end += kReplacement.size();
    text.remove_prefix(bad + 1);
    bad = find_invalid_utf8(text);
  }
  return utf8_prefix({start, static_cast<std::size_t>(end - start)}, bytes_max);
}

}  // namespace rs::enrich
