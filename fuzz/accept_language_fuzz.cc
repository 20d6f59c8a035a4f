// Accept-Language from anybody: the answer is a short lower-case tag that asks for itself.

#include <cstdint>
#include <cstdlib>

#include "enrich/accept_language.h"
#include "enrich/clean_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static rs::Arena arena;
  arena.clear();
  const std::string_view header(reinterpret_cast<const char*>(data), size);
  const auto language = rs::enrich::preferred_language(header, arena);
  if (language.size() > rs::enrich::kLanguageTagMax) std::abort();
  for (const char c : language) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) std::abort();
  }
  if (rs::enrich::preferred_language(language, arena) != language) std::abort();
  return 0;
}
