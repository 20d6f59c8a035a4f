// What an event costs between the socket and the queue: parse, enrich, encode, one by one and
// together, with the requests of http-ratio (6 parameters, 1 item, about 700 bytes). Many different
// events, so that the branch predictor and the caches see what a server sees.

#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "enrich/enrich.h"
#include "event/payload_parser.h"
#include "row/encode.h"

namespace rs {
namespace {

constexpr std::size_t kEvents = 4096;  // A power of two.
constexpr std::size_t kPadding = 64;

std::vector<std::string> make_bodies() {
  constexpr const char* kPages[] = {"/",     "/checkout", "/p/blue-shirt-42", "/p/red-shoes-7",
                                    "/cart", "/c/summer", "/search",          "/account"};
  constexpr const char* kNames[] = {"page_view",      "scroll",          "view_item", "add_to_cart",
                                    "begin_checkout", "user_engagement", "click",     "search"};
  std::vector<std::string> bodies;
  std::uint32_t state = 42;
  const auto random = [&](std::uint32_t end) {
    state = state * 1'664'525 + 1'013'904'223;
    return (state >> 8) % end;
  };
  const auto money = [&] { return 1.0 + random(19'900) / 100.0; };
  for (std::size_t i = 0; i < kEvents; ++i) {
    bodies.push_back(fmt::format(
        R"({{"event_name":"{}","event_id":"{:08x}{:08x}{:08x}","user_id":"u{:06}","event_params":[)"
        R"({{"key":"page_location","value":{{"string_value":"https://shop.example.com{}?utm_source=newsletter&utm_medium=email&utm_campaign=summer_sale"}}}},)"
        R"({{"key":"page_referrer","value":{{"string_value":"https://www.google.com/"}}}},)"
        R"({{"key":"page_title","value":{{"string_value":"Summer sale | Example Shop"}}}},)"
        R"({{"key":"engagement_time_msec","value":{{"int_value":{}}}}},)"
        R"({{"key":"ga_session_id","value":{{"int_value":{}}}}},)"
        R"({{"key":"value","value":{{"float_value":{:.2f}}}}}],)"
        R"("items":[{{"item_id":"SKU_{:05}","item_name":"Blue linen shirt","price":{:.2f},"quantity":1}}]}})",
        kNames[i * 3 % 8], random(1u << 24), random(1u << 24), random(1u << 24), random(1'000'000),
        kPages[i % 8], 1 + random(9'998), 1'714'000'000 + random(1'000'000), money(),
        random(100'000), money()));
    bodies.back().append(kPadding, ' ');
  }
  return bodies;
}

const std::vector<std::string>& bodies() {
  static const std::vector<std::string> kBodies = make_bodies();
  return kBodies;
}

std::string_view body(std::size_t i) {
  const std::string_view padded = bodies()[i % kEvents];
  return padded.substr(0, padded.size() - kPadding);
}

event::Facts facts() {
  event::Facts out;
  out.now_micros = 1'768'473'045'123'456;
  out.stream_id = "1";
  out.client_ip = "203.0.113.9";
  out.cookie_user_id = "0123456789abcdef0123456789abcdef";
  out.user_agent =
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/124.0.0.0 Safari/537.36";
  out.accept_language = "en-GB,en;q=0.9,de-DE;q=0.8,de;q=0.7";
  return out;
}

void parse(benchmark::State& state) {
  event::PayloadParser parser;
  std::size_t i = 0;
  bodies();
  for (auto _ : state) benchmark::DoNotOptimize(parser.parse(body(i++)));
}
BENCHMARK(parse);

void enrich(benchmark::State& state) {
  std::vector<event::PayloadParser> parsers(64);
  std::vector<const event::Payload*> payloads;
  for (std::size_t i = 0; i < parsers.size(); ++i) payloads.push_back(parsers[i].parse(body(i)));
  enrich::Enricher enricher({{"https://shop.example.com"}});
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(&enricher.run(*payloads[i++ % 64], facts()));
}
BENCHMARK(enrich);

void parse_enrich_encode(benchmark::State& state) {
  event::PayloadParser parser;
  enrich::Enricher enricher({{"https://shop.example.com"}});
  row::Encoder encoder;
  std::size_t i = 0;
  bodies();
  for (auto _ : state) {
    const auto* payload = parser.parse(body(i++));
    benchmark::DoNotOptimize(encoder.encode(enricher.run(*payload, facts())));
  }
}
BENCHMARK(parse_enrich_encode);

}  // namespace
}  // namespace rs

BENCHMARK_MAIN();
