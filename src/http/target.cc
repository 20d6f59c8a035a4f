#include "http/target.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "http/characters.h"

namespace rs::http {
namespace {

constexpr std::array<bool, 256> make_host_table() {
  std::array<bool, 256> table{};
  for (unsigned c = 0; c < 256; ++c) table[c] = is_host(static_cast<char>(c));
  return table;
}
constexpr std::array<bool, 256> kHostTable = make_host_table();

void split_path(std::string_view target, Request& request) {
  const auto question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string_view::npos) request.query = target.substr(question + 1);
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

bool split_absolute(std::string_view target, Request& request) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!starts_with_ignoring_case(target, scheme)) continue;
    target.remove_prefix(scheme.size());
    const auto host = target.substr(0, target.find_first_of("/?"));
    if (host.empty() || !is_valid_host(host)) return false;
    request.known[static_cast<std::size_t>(Known::kHost)] = host;
    target.remove_prefix(host.size());
    split_path(target, request);
    if (request.path.empty()) request.path = "/";
    return true;
  }
  return false;
}

}  // namespace

bool split_target(std::string_view target, Request& request) {
  if (target.front() == '/') {
    split_path(target, request);
    return true;
  }
  if (target == "*") {
    request.path = target;
    return request.method == Method::kOptions;
  }
  return split_absolute(target, request);
}

bool is_valid_host(std::string_view host) {
  return std::all_of(host.begin(), host.end(),
                     [](char c) { return kHostTable[static_cast<unsigned char>(c)]; });
}

}  // namespace rs::http
