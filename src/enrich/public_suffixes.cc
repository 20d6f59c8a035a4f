#include "enrich/public_suffixes.h"

namespace rs::enrich {
namespace {

constexpr std::uint8_t kAnyRule = suffix_rule::kIcann | suffix_rule::kPrivate;
constexpr std::uint8_t kAnyBelow = suffix_rule::kBelowIcann | suffix_rule::kBelowPrivate;

// What the list says of `name` itself.
std::uint8_t rules_of(std::string_view name) {
  const auto& list = public_suffix_list();
  std::size_t low = 0, high = list.rules.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    const std::uint32_t start = list.starts[middle];
    const int order = list.text.substr(start, list.starts[middle + 1] - start).compare(name);
    if (order == 0) return list.rules[middle];
    (order < 0 ? low : high) = order < 0 ? middle + 1 : middle;
  }
  return 0;
}

// The longest suffix of `host` that rules with these bits name; empty without one.
std::string_view find_suffix(std::string_view host, std::uint8_t rule, std::uint8_t below) {
  std::string_view found, parent;
  std::uint8_t rules_of_parent = 0;
  for (std::size_t count = 1; count <= public_suffix_list().labels_max; ++count) {
    const auto name = last_labels(host, count);
    if (name.size() == parent.size()) break;
    const std::uint8_t rules = rules_of(name);
    if ((rules & suffix_rule::kException) != 0) return parent;
    if ((rules & rule) != 0 || (rules_of_parent & below) != 0) found = name;
    parent = name;
    rules_of_parent = rules;
  }
  return found;
}

}  // namespace

std::string_view last_labels(std::string_view host, std::size_t count) {
  std::size_t start = host.size();
  while (count-- > 0 && start > 0) {
    const auto dot = start < 2 ? std::string_view::npos : host.rfind('.', start - 2);
    start = dot == std::string_view::npos ? 0 : dot + 1;
  }
  return host.substr(start);
}

std::string_view public_suffix(std::string_view host) {
  const auto found = find_suffix(host, kAnyRule, kAnyBelow);
  return found.empty() ? last_labels(host, 1) : found;
}

bool is_icann_suffix(std::string_view name) {
  return !name.empty() &&
         find_suffix(name, suffix_rule::kIcann, suffix_rule::kBelowIcann).size() == name.size();
}

}  // namespace rs::enrich
