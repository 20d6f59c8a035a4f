#include "device/restored_user_agent.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "base/text.h"
#include "device/match.h"

namespace rs::device {
namespace {

std::string_view join(std::initializer_list<std::string_view> parts, Arena& arena) {
  std::size_t size = 0;
  for (const auto part : parts) size += part.size();
  char* const start = arena.allocate(size);
  char* out = start;
  for (const auto part : parts) out = std::copy(part.begin(), part.end(), out);
  return {start, size};
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) { return ascii_lower(a) == ascii_lower(b); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The size of what "Android (?:10[.\d]*; K|1[1-7])" matches at the start of `text`; 0 when it does
// not.
std::size_t frozen_android(std::string_view text) {
  constexpr std::string_view kAndroid = "Android 1";
  if (!text.starts_with(kAndroid) || text.size() == kAndroid.size()) return 0;
  const char digit = text[kAndroid.size()];
  if (digit >= '1' && digit <= '7') return kAndroid.size() + 1;
  if (digit != '0') return 0;
  std::size_t end = kAndroid.size() + 1;
  while (end < text.size() && (is_digit(text[end]) || text[end] == '.')) ++end;
  return text.substr(end).starts_with("; K") ? end + 3 : 0;
}

std::string_view with_android(std::string_view text, std::string_view version,
                              std::string_view model, Arena& arena) {
  const auto android = join({"Android ", version, "; ", model}, arena);
  char* const out = arena.allocate(2 * kTextMax + android.size());
  std::size_t size = 0;
  while (!text.empty() && size < kTextMax) {
    const std::size_t frozen = frozen_android(text);
    const auto part = frozen == 0 ? text.substr(0, 1) : android;
    std::copy(part.begin(), part.end(), out + size);
    size += part.size();
    text.remove_prefix(frozen == 0 ? 1 : frozen);
  }
  return {out, size};
}

}  // namespace

bool is_reduced_android(Subject& subject) {
  return subject.matches(Heuristic::kReducedAndroid);
}

bool is_desktop_fragment(Subject& subject) {
  return subject.matches(Heuristic::kDesktop) && !subject.matches(Heuristic::kNotDesktop);
}

Subject& restore_user_agent(const ClientHints& hints, Subject& original, Subject& restored,
                            Arena& arena) {
  if (is_empty(hints.model())) return original;
  constexpr std::array<std::string_view, 2> kDesktops = {"X11; Linux x86_64",
                                                         "Windows NT 10.0; Win64; x64"};
  auto text = original.text();
  if (is_reduced_android(original) && !contains_ignoring_case(text, "Telegram-Android/")) {
    const auto version = hints.platform_version();
    text = with_android(text, is_empty(version) ? "10" : version, hints.model(), arena)
               .substr(0, kTextMax);
    restored.reset(text);
  }
  Subject& so_far = text.data() == original.text().data() ? original : restored;
  if (is_desktop_fragment(so_far)) {
    for (const auto desktop : kDesktops) {
      text = replaced(text, desktop, join({desktop, "; ", hints.model()}, arena), arena)
                 .substr(0, kTextMax);
    }
  }
  if (text.data() == original.text().data()) return original;
  if (text.data() != so_far.text().data()) restored.reset(text);
  return restored;
}

}  // namespace rs::device
