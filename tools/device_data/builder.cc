#define PCRE2_CODE_UNIT_WIDTH 8
#include "builder.h"

#include <stdexcept>

#include <fmt/core.h>
#include <pcre2.h>

#include "device/pattern_codes.h"

namespace rs::device {
namespace {

constexpr std::uint32_t kGroupsMax = 31;  // What a matcher has room for.

void check(const std::string& regex) {
  int error = 0;
  PCRE2_SIZE place = 0;
  pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(regex.data()), regex.size(),
                                   PCRE2_CASELESS, &error, &place, nullptr);
  if (code == nullptr) {
    throw std::runtime_error(fmt::format("PCRE2 refuses {} at {}: code {}", regex, place, error));
  }
  std::uint32_t groups = 0, back_references = 0;
  pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups);
  pcre2_pattern_info(code, PCRE2_INFO_BACKREFMAX, &back_references);
  pcre2_code_free(code);
  if (groups > kGroupsMax || back_references > 0) {
    throw std::runtime_error(
        fmt::format("{} groups, {} back references in {}", groups, back_references, regex));
  }
}

}  // namespace

Builder::Builder() : lists(kListCount) {}

Text Builder::text(std::string_view text) {
  const auto [found, is_new] = known_.try_emplace(std::string(text));
  if (is_new) {
    found->second = {static_cast<std::uint32_t>(strings.size()),
                     static_cast<std::uint32_t>(text.size())};
    strings.append(text);
  }
  return found->second;
}

void Builder::begin(List list) {
  const auto index = static_cast<std::size_t>(list);
  if (index != (open_ == kListCount ? 0 : open_ + 1)) throw std::logic_error("lists out of order");
  open_ = index;
  lists[index].patterns.first = static_cast<std::uint32_t>(patterns.size());
}

void Builder::add_pattern(std::string_view regex, Wrap wrap) {
  check(wrapped(regex, wrap));
  patterns.push_back({text(regex), wrap});
  ++lists[open_].patterns.count;
}

}  // namespace rs::device
