#include "ga4/google_cookies.h"

#include "base/text.h"
#include "enrich/url.h"
#include "ga4/number_text.h"

namespace rs::ga4 {
namespace {

// `text` behind its first `fields` dots; empty when it has fewer.
std::string_view behind_dots(std::string_view text, int fields) {
  for (; fields > 0; --fields) {
    const auto dot = text.find('.');
    if (dot == std::string_view::npos) return {};
    text.remove_prefix(dot + 1);
  }
  return text;
}

// The last two dotted fields; empty when there are fewer than two.
std::string_view last_two_fields(std::string_view text) {
  const auto last = text.rfind('.');
  if (last == std::string_view::npos || last == 0) return {};
  const auto before = text.rfind('.', last - 1);
  return before == std::string_view::npos ? text : text.substr(before + 1);
}

// Field `letter` of GS2's list s1$o2$g3.
std::string_view lettered_field(std::string_view list, char letter) {
  while (!list.empty()) {
    const auto field = take_until(list, '$');
    if (field.starts_with(letter)) return field.substr(1);
  }
  return {};
}

}  // namespace

std::string_view client_id_in(std::string_view text) {
  if (text.starts_with("GA1.")) {
    const auto id = last_two_fields(behind_dots(text, 2));
    return id.empty() ? text : id;
  }
  if (text.starts_with("FPID2.")) {
    const auto id = behind_dots(text, 2);
    return id.empty() ? text : id;
  }
  return text;
}

std::optional<std::int64_t> first_touch_in(std::string_view client_id, std::int64_t now_micros) {
  constexpr std::int64_t kMicros = 1'000'000, kDay = 86'400 * kMicros;
  constexpr std::int64_t kStartOf2005 = 1'104'537'600 * kMicros;
  constexpr std::size_t kDigits = 10;
  const auto dot = client_id.rfind('.');
  if (dot == std::string_view::npos || client_id.size() - dot - 1 != kDigits) return std::nullopt;
  const auto seconds = read_int(client_id.substr(dot + 1));
  if (!seconds) return std::nullopt;
  const std::int64_t micros = *seconds * kMicros;
  if (micros < kStartOf2005 || micros > now_micros + kDay) return std::nullopt;
  return micros;
}

SessionFields session_in(std::string_view text) {
  if (text.starts_with("GS1.")) {
    std::string_view rest = behind_dots(text, 2);
    const auto id = take_until(rest, '.');
    return {id, take_until(rest, '.')};
  }
  if (text.starts_with("GS2.")) {
    const std::string_view list = behind_dots(text, 2);
    return {lettered_field(list, 's'), lettered_field(list, 'o')};
  }
  return {};
}

std::string_view client_id_of_cookies(std::string_view cookie_header, Arena& arena) {
  std::string_view server_id, page_id;
  while (!cookie_header.empty()) {
    const auto pair = trim(take_until(cookie_header, ';'));
    if (server_id.empty() && pair.starts_with("FPID=")) server_id = pair.substr(5);
    if (page_id.empty() && pair.starts_with("_ga=")) page_id = pair.substr(4);
  }
  const auto value = server_id.starts_with("FPID2.") ? server_id : page_id;
  if (!value.starts_with("FPID2.") && !value.starts_with("GA1.")) return {};
  return client_id_in(enrich::decode_query_text(value, arena));
}

}  // namespace rs::ga4
