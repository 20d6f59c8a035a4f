#include "device/client_hints.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "device/match.h"

namespace rs::device {
namespace {

struct HintName {
  std::string_view name;
  Hint hint;
  bool is_header;  // May follow "http-".
};
constexpr std::array<HintName, 20> kNames = {{
    {"sec-ch-ua-arch", Hint::kArchitecture, true},
    {"arch", Hint::kArchitecture, false},
    {"architecture", Hint::kArchitecture, false},
    {"sec-ch-ua-bitness", Hint::kBitness, true},
    {"bitness", Hint::kBitness, false},
    {"sec-ch-ua-mobile", Hint::kMobile, true},
    {"mobile", Hint::kMobile, false},
    {"sec-ch-ua-model", Hint::kModel, true},
    {"model", Hint::kModel, false},
    {"sec-ch-ua-full-version", Hint::kFullVersion, true},
    {"uafullversion", Hint::kFullVersion, false},
    {"sec-ch-ua-platform", Hint::kPlatform, true},
    {"platform", Hint::kPlatform, false},
    {"sec-ch-ua-platform-version", Hint::kPlatformVersion, true},
    {"platformversion", Hint::kPlatformVersion, false},
    {"sec-ch-ua", Hint::kBrands, true},
    {"sec-ch-ua-full-version-list", Hint::kFullVersionList, true},
    {"x-requested-with", Hint::kApp, true},
    {"sec-ch-ua-form-factors", Hint::kFormFactors, true},
    {"formfactors", Hint::kFormFactors, false},
}};
constexpr std::array<std::string_view, 7> kFormFactors = {
    "automotive", "xr", "watch", "mobile", "tablet", "desktop", "eink"};

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

// What PHP's strip_tags() would change: '<' but before a blank, and NUL.
bool has_tag(std::string_view text) {
  constexpr std::string_view kSpecial("<\0", 2), kBlanks(" \t\n\v\f\r", 6);
  for (auto at = text.find_first_of(kSpecial); at != std::string_view::npos;
       at = text.find_first_of(kSpecial, at + 1)) {
    if (text[at] == '\0') return true;
    if (at + 1 == text.size() || kBlanks.find(text[at + 1]) == std::string_view::npos) return true;
  }
  return false;
}

std::string_view without_quotes(std::string_view text) {
  while (!text.empty() && text.front() == '"') text.remove_prefix(1);
  while (!text.empty() && text.back() == '"') text.remove_suffix(1);
  return text;
}

// The text in quotes that `text` begins with, taken off it with the quotes; null without one.
std::string_view take_quoted(std::string_view& text) {
  if (text.empty() || text.front() != '"') return {};
  const auto end = text.find('"', 1);
  if (end == std::string_view::npos || end == 1) return {};
  const auto inside = text.substr(1, end - 1);
  text.remove_prefix(end + 1);
  return inside;
}

}  // namespace

std::optional<Hint> ClientHints::find(std::string_view name) {
  std::array<char, 40> buffer;
  if (name.size() > buffer.size()) return std::nullopt;
  for (std::size_t i = 0; i < name.size(); ++i) {
    buffer[i] = name[i] == '_' ? '-' : ascii_lower(name[i]);
  }
  std::string_view folded(buffer.data(), name.size());
  const bool is_header = folded.starts_with("http-");
  if (is_header) folded.remove_prefix(5);
  const auto found = std::find_if(kNames.begin(), kNames.end(), [&](const HintName& known) {
    return known.name == folded && (known.is_header || !is_header);
  });
  if (found == kNames.end()) return std::nullopt;
  return found->hint;
}

void ClientHints::clear() {
  present_ = mobile_ = skip_brands_ = false;
  architecture_ = bitness_ = model_ = full_version_ = platform_ = platform_version_ = app_ = {};
  form_factors_ = 0;
  brands_.clear();
}

void ClientHints::add(Hint hint, std::string_view value) {
  present_ = true;
  value = value.substr(0, kTextMax);
  if (is_empty(value) || has_tag(value)) return;
  switch (hint) {
    case Hint::kArchitecture:
      architecture_ = without_quotes(value);
      break;
    case Hint::kBitness:
      bitness_ = without_quotes(value);
      break;
    case Hint::kMobile:
      mobile_ = value == "1" || value == "?1";
      break;
    case Hint::kModel:
      model_ = without_quotes(value);
      break;
    case Hint::kFullVersion:
      full_version_ = without_quotes(value);
      break;
    case Hint::kPlatform:
      platform_ = without_quotes(value);
      break;
    case Hint::kPlatformVersion:
      platform_version_ = without_quotes(value);
      break;
    case Hint::kBrands:
      if (brands_.empty()) read_brands(value);
      break;
    case Hint::kFullVersionList:
      read_brands(value);
      break;
    case Hint::kApp:
      if (!equals_ignoring_case(value, "xmlhttprequest")) app_ = value;
      break;
    case Hint::kFormFactors:
      read_form_factors(value);
      break;
  }
}

void ClientHints::begin_brands(Hint list) {
  present_ = true;
  skip_brands_ = list == Hint::kBrands && !brands_.empty();
  if (!skip_brands_) brands_.clear();
}

void ClientHints::add_brand(std::string_view name, std::string_view version) {
  if (skip_brands_) return;
  const auto known = std::find_if(brands_.begin(), brands_.end(),
                                  [name](const Brand& brand) { return brand.name == name; });
  if (known != brands_.end()) {
    known->version = version;
  } else {
    brands_.push_back({name, version});
  }
}

void ClientHints::add_form_factor(std::string_view name) {
  present_ = true;
  for (std::size_t i = 0; i < kFormFactors.size(); ++i) {
    if (equals_ignoring_case(name, kFormFactors[i])) form_factors_ |= 1U << i;
  }
}

// "Brand";v="1.2", "Other"; v="3"  up to the first place that is not so; none at all says nothing.
void ClientHints::read_brands(std::string_view text) {
  bool is_first = true;
  for (;;) {
    const auto name = take_quoted(text);
    if (name.empty() || !text.starts_with(';')) return;
    text.remove_prefix(text.starts_with("; ") ? 2 : 1);
    if (!text.starts_with("v=")) return;
    text.remove_prefix(2);
    const auto version = take_quoted(text);
    if (version.empty()) return;
    if (is_first) begin_brands(Hint::kFullVersionList);
    is_first = false;
    add_brand(name, version);
    if (text.starts_with(", ")) text.remove_prefix(2);
  }
}

void ClientHints::read_form_factors(std::string_view text) {
  bool is_first = true;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '"') continue;
    std::size_t end = at + 1;
    while (end < text.size() && is_letter(ascii_lower(text[end]))) ++end;
    if (end == at + 1 || end == text.size() || text[end] != '"') continue;
    if (is_first) form_factors_ = 0;
    is_first = false;
    add_form_factor(text.substr(at + 1, end - at - 1));
    at = end;
  }
}

}  // namespace rs::device
