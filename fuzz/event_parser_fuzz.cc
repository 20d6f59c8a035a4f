// Whatever the bytes: an event or problems, never both; every problem renders as JSON; and JSON is
// told from other bytes exactly as simdjson's own parser tells it.

#include <cstdint>
#include <cstdlib>
#include <string>

#include <simdjson.h>

#include "base/text.h"
#include "enrich/enrich.h"
#include "event/payload_parser.h"
#include "row/encode.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void require_utf8(const std::optional<std::string_view>& text) {
  require(!text || rs::find_invalid_utf8(*text) == std::string_view::npos);
}

// What we refuse beyond JSON's rules. (And we take what simdjson's own parser does not: integers
// beyond 64 bits, numbers beyond a double, half a surrogate pair.)
bool is_our_own_rule(std::string_view reason) {
  return reason == "Nesting is deeper than 32 levels" || reason == "NUL is not allowed in a key";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static rs::event::PayloadParser parser;
  static rs::enrich::Enricher enricher({{"https://shop.example"}});
  static rs::row::Encoder encoder;
  static simdjson::dom::parser oracle;

  std::string body(reinterpret_cast<const char*>(data), size);
  body.append(64, '"');
  const auto* payload = parser.parse(std::string_view(body).substr(0, size));
  require((payload != nullptr) == parser.problems().empty());

  // simdjson's own parser does not pass over a byte order mark.
  const std::size_t mark = body.starts_with("\xef\xbb\xbf") ? 3 : 0;
  const auto oracle_error = oracle.parse(body.data() + mark, size - mark).error();
  const bool is_json = oracle_error == simdjson::SUCCESS;
  const bool ours_is_wider =
      oracle_error == simdjson::NUMBER_ERROR || oracle_error == simdjson::STRING_ERROR;
  require(payload == nullptr || is_json || ours_is_wider);
  if (payload == nullptr) {
    const auto& first = parser.problems().front();
    require(!is_json || first.type != "json_invalid" ||
            is_our_own_rule(std::string_view(first.context).substr(9, first.context.size() - 10)));
    std::string detail;
    parser.append_detail(detail);
    require(rs::find_invalid_utf8(detail) == std::string_view::npos);
    const auto error = oracle.parse(detail).error();
    require(error == simdjson::SUCCESS || error == simdjson::NUMBER_ERROR ||
            error == simdjson::STRING_ERROR);
    return 0;
  }
  require(!payload->event_name.empty());
  require_utf8(payload->event_name);
  require(payload->exact_quantities.empty() ||
          payload->exact_quantities.size() == payload->items.size());
  for (const auto& param : payload->event_params) {
    require(param.key && !param.key->empty());
    require_utf8(param.key);
    if (param.value) require_utf8(param.value->string_value);
  }
  rs::event::Facts facts;
  facts.now_micros = 1'768'473'045'123'456;
  const auto& row = enricher.run(*payload, facts);
  require_utf8(row.device ? row.device->user_agent : std::nullopt);
  if (row.collected_traffic_source) require_utf8(row.collected_traffic_source->manual_source);
  require(!encoder.encode(row).empty());
  return 0;
}
