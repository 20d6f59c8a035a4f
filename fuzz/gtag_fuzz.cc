// gtag requests: the input is a query, then a body behind the first NUL. Whatever the bytes, every
// hit becomes rows or is counted, and each row reads back.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/text.h"
#include "collect/gtag.h"
#include "collect/request_rows.h"
#include "row/decode.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// Counts what is left out beside the rows.
class Counted final : public rs::collect::Events {
 public:
  explicit Counted(rs::collect::RequestRows& rows) : rows_(rows) {}
  void add(const rs::event::Payload& payload, rs::event::Facts& facts) override {
    require(!payload.event_name.empty() && !facts.stream_id.empty());
    require(rs::find_invalid_utf8(payload.event_name) == std::string_view::npos);
    for (std::size_t i = 0; i < payload.event_params.size(); ++i) {
      require(!payload.event_params[i].key->empty());
      for (std::size_t j = 0; j < i; ++j) {
        require(payload.event_params[i].key != payload.event_params[j].key);
      }
    }
    rows_.add(payload, facts);
    ++added;
  }
  void leave_out(rs::delivery::Refused, std::size_t events) override { left_out += events; }
  std::size_t added = 0, left_out = 0;

 private:
  rs::collect::RequestRows& rows_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static rs::FixedWorld world(1'796'060'000'000'000);
  static rs::collect::CollectorStats stats;
  static const rs::enrich::Settings kSettings;
  static const rs::collect::TrustedProxies kProxies;
  static rs::collect::RequestRows rows(kSettings, world, stats);
  static rs::collect::GtagProtocol gtag({}, 100, kProxies, stats.ga4);

  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto cut = input.find('\0');
  rs::http::Request request;
  request.method = rs::http::Method::kPost;
  request.query = input.substr(0, cut);
  if (cut != std::string_view::npos) request.body = input.substr(cut + 1);
  rs::event::Facts facts;
  facts.now_micros = 1'796'060'000'000'000;
  rows.begin(false);
  Counted counted(rows);
  (void)gtag.read(request, facts, counted);
  require(counted.added + counted.left_out > 0);
  const auto encoded = rows.rows();
  require(encoded.size() == counted.added);
  std::string json;
  for (const auto row : encoded) require(rs::row::append_json(json, row).has_value());
  require(rs::find_invalid_utf8(json) == std::string_view::npos);
  return 0;
}
