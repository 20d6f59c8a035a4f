#pragma once
// The Public Suffix List: under which names people register names of their own (co.uk, github.io).
// The list is data of npm tldts, compiled into the program (tools/public_suffix_list) and renewed
// by
// `./dev update-suffix-list`. Algorithm: publicsuffix.org/list, "Formal Algorithm".
// Pure functions of constant data; thread-safe. Host names are lower-case, without a dot at either
// end. A look-up costs the same for every host: only the last labels can be a suffix.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace rs::enrich {

// What the list says of a name.
namespace suffix_rule {
inline constexpr std::uint8_t kIcann = 1, kPrivate = 2;            // It is a public suffix,
inline constexpr std::uint8_t kBelowIcann = 4, kBelowPrivate = 8;  // so is each name below it,
inline constexpr std::uint8_t kException = 16;                     // but not this one.
}  // namespace suffix_rule

struct PublicSuffixList {
  std::string_view text;                  // All names, one behind the other, in order.
  std::span<const std::uint32_t> starts;  // Of each name in it, and its end.
  std::span<const std::uint8_t> rules;    // Of each name: bits of suffix_rule.
  std::size_t labels_max;                 // Of any public suffix.
  std::string_view version, date;         // Of the package, and when it was published.
};
[[nodiscard]] const PublicSuffixList& public_suffix_list();

// The public suffix at the end of `host`, by all rules; its last label when no rule names it.
[[nodiscard]] std::string_view public_suffix(std::string_view host);

// Whether `name` is a public suffix by ICANN's part of the list.
[[nodiscard]] bool is_icann_suffix(std::string_view name);

// The last `count` labels of `host`, or all of it.
[[nodiscard]] std::string_view last_labels(std::string_view host, std::size_t count);

}  // namespace rs::enrich
