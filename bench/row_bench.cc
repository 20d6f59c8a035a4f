// What it costs to encode a typical row, and to turn it back into JSON.

#include <string>

#include <benchmark/benchmark.h>

#include "row/decode.h"
#include "row/encode.h"
#include "typical_row.h"

namespace rs::row {
namespace {

void fill_row(benchmark::State& state) {
  for (auto _ : state) {
    Row row;
    fill_typical(row);
    benchmark::DoNotOptimize(row);
  }
}
BENCHMARK(fill_row);

void encode_row(benchmark::State& state) {
  Encoder encoder;
  Row row;
  fill_typical(row);
  std::size_t bytes = 0;
  for (auto _ : state) {
    const auto encoded = encoder.encode(row);
    benchmark::DoNotOptimize(encoded.data());
    bytes = encoded.size();
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(encode_row);

void row_to_json(benchmark::State& state) {
  Encoder encoder;
  Row row;
  fill_typical(row);
  const std::string encoded(encoder.encode(row));
  std::string json;
  for (auto _ : state) {
    json.clear();
    benchmark::DoNotOptimize(append_json(json, encoded));
  }
}
BENCHMARK(row_to_json);

}  // namespace
}  // namespace rs::row
