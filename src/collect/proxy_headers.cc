#include "collect/proxy_headers.h"

#include <algorithm>

#include "base/text.h"

namespace rs::collect {
namespace {

constexpr std::string_view kFor = "X-Forwarded-For", kHost = "X-Forwarded-Host",
                           kForwarded = "Forwarded";

// The text up to the first `separator` outside of quotes, cut off the front.
std::string_view take_unquoted(std::string_view& text, char separator) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '"') quoted = !quoted;
    if (quoted && text[at] == '\\') ++at;
    if (!quoted && at < text.size() && text[at] == separator) break;
  }
  at = std::min(at, text.size());
  const auto taken = text.substr(0, at);
  text = at == text.size() ? std::string_view{} : text.substr(at + 1);
  return taken;
}

std::string_view unquoted(std::string_view text) {
  text = trim(text);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  return text;
}

// The value of a parameter of one element of Forwarded: for=192.0.2.60;proto=http.
std::string_view parameter(std::string_view element, std::string_view name) {
  while (!element.empty()) {
    std::string_view value = take_unquoted(element, ';');
    const auto found = trim(take_until(value, '='));
    if (equals_ignoring_case(found, name)) return unquoted(value);
  }
  return {};
}

// Calls each(value) for the lines of a header, in their order.
template <class Each>
void for_each_line(const http::Request& request, std::string_view name, Each&& each) {
  for (const auto& header : request.headers) {
    if (equals_ignoring_case(header.name, name)) each(header.value);
  }
}

// The last element of a comma-separated list, cut off its end.
std::string_view take_last(std::string_view& list) {
  const auto comma = list.rfind(',');
  const auto last = comma == std::string_view::npos ? list : list.substr(comma + 1);
  list = comma == std::string_view::npos ? std::string_view{} : list.substr(0, comma);
  return trim(last);
}

}  // namespace

ForwardedFor::ForwardedFor(const http::Request& request) {
  for (auto header = request.headers.rbegin(); header != request.headers.rend(); ++header) {
    if (equals_ignoring_case(header->name, kFor)) add_list(header->value);
  }
  if (count_ == 0) add_forwarded(request);
}

void ForwardedFor::add_list(std::string_view list) {
  // Commas alone are passed over as well, but not without end.
  for (std::size_t looked = 0; !list.empty() && looked < 2 * kElementsMax; ++looked) {
    if (count_ == kElementsMax) return;
    const auto element = take_last(list);
    if (!element.empty()) elements_[count_++] = element;
  }
}

void ForwardedFor::add_forwarded(const http::Request& request) {
  // Read from the front, because of quotes; the last ones are kept.
  std::array<std::string_view, kElementsMax> ring;
  std::size_t seen = 0;
  for_each_line(request, kForwarded, [&](std::string_view list) {
    while (!list.empty()) {
      const auto node = parameter(take_unquoted(list, ','), "for");
      if (!node.empty()) ring[seen++ % kElementsMax] = node;
    }
  });
  for (count_ = 0; count_ < std::min(seen, kElementsMax); ++count_) {
    elements_[count_] = ring[(seen - 1 - count_) % kElementsMax];
  }
}

std::string_view forwarded_host(const http::Request& request) {
  std::string_view found;
  for_each_line(request, kHost, [&](std::string_view list) {
    while (found.empty() && !list.empty()) found = trim(take_until(list, ','));
  });
  if (!found.empty()) return found;
  for_each_line(request, kForwarded, [&](std::string_view list) {
    while (found.empty() && !list.empty()) found = parameter(take_unquoted(list, ','), "host");
  });
  return found;
}

}  // namespace rs::collect
