// Bodies of the Measurement Protocol: whatever the bytes, every event becomes a row or is counted,
// each row reads back, and Google's messages about it are JSON.

#include <cstdint>
#include <cstdlib>
#include <string>

#include <simdjson.h>

#include "base/text.h"
#include "collect/measurement_protocol.h"
#include "collect/request_rows.h"
#include "ga4/validation.h"
#include "row/decode.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static rs::FixedWorld world(1'796'060'000'000'000);
  static rs::collect::CollectorStats stats;
  static const rs::enrich::Settings kSettings;
  static rs::collect::RequestRows rows(kSettings, world, stats);
  static rs::collect::MeasurementProtocol protocol({}, 100, stats.ga4);
  static simdjson::dom::parser parser;

  std::string body(reinterpret_cast<const char*>(data), size);
  body.append(rs::http::kBodyPadding, '"');
  rs::http::Request request;
  request.method = rs::http::Method::kPost;
  request.query = "measurement_id=G-1&api_secret=x";
  request.body = std::string_view(body).substr(0, size);
  rs::event::Facts facts;
  facts.now_micros = 1'796'060'000'000'000;
  rows.begin(false);
  (void)protocol.read(request, facts, rows);
  std::size_t left_out = 0;
  rows.for_each_left_out([&](rs::delivery::Refused, std::size_t events) { left_out += events; });
  require(rows.rows().size() + left_out > 0);
  std::string json;
  for (const auto row : rows.rows()) require(rs::row::append_json(json, row).has_value());
  require(rs::find_invalid_utf8(json) == std::string_view::npos);

  rs::Arena arena;
  rs::ga4::MeasurementReader reader({}, 100, arena);
  const auto* const read = reader.read(request.body);
  std::string messages;
  append_validation(messages, validate(rs::ga4::MeasurementQuery::read(request.query, arena), read,
                                       reader.error(), facts.now_micros));
  require(parser.parse(messages).error() == simdjson::SUCCESS);
  return 0;
}
