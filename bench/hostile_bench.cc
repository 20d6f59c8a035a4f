// What one body of a megabyte costs at most, on its way from bytes to an encoded row or a refusal:
// each form of hostile_bodies.h, dearest first, as "milliseconds form: beginning of the body".

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "enrich/enrich.h"
#include "event/hostile_bodies.h"
#include "event/payload_parser.h"
#include "row/encode.h"

namespace {

double cpu_milliseconds() {
  timespec at{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
  return static_cast<double>(at.tv_sec) * 1e3 + static_cast<double>(at.tv_nsec) * 1e-6;
}

}  // namespace

int main() {
  rs::event::PayloadParser parser;
  rs::enrich::Enricher enricher({{"https://shop.example.com"}});
  rs::row::Encoder encoder;
  rs::event::Facts facts;
  facts.now_micros = 1'768'473'045'123'456;
  std::size_t bytes = 0;
  std::vector<std::pair<double, std::string>> costs;
  for (const auto& body : rs::event::hostile_bodies(1'048'576)) {
    double least = 1e9;
    for (int run = 0; run < 5; ++run) {
      const double start = cpu_milliseconds();
      if (const auto* payload = parser.parse(body.body())) {
        bytes += encoder.encode(enricher.run(*payload, facts)).size();
      } else {
        std::string detail;
        parser.append_detail(detail);
        bytes += detail.size();
      }
      least = std::min(least, cpu_milliseconds() - start);
    }
    costs.emplace_back(least, std::string(body.form) + ": " + body.text.substr(17, 50));
  }
  std::sort(costs.rbegin(), costs.rend());
  for (const auto& [cost, form] : costs) std::printf("%.2f %s\n", cost, form.c_str());
  return bytes > 0 ? 0 : 1;
}
