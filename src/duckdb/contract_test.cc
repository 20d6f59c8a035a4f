// The sink contract, held against the local store.
#include "duckdb/store_fixture.h"
#include "sink/sink_contract.h"

namespace rs::sink {
namespace {

std::size_t count_in_file(Sink& sink) {
  auto& store = static_cast<duckdb::LocalSink&>(sink).store();
  const auto text = duckdb::ask(store, "SELECT count(*) FROM events", query::QueryFormat::kCsv);
  return std::stoul(text.substr(text.find('\n') + 1));
}

INSTANTIATE_TEST_SUITE_P(
    Each, SinkContract,
    testing::Values(Candidate{
        "local", [](const auto& folder) { return std::make_unique<duckdb::LocalSink>(folder); },
        true, count_in_file}),
    name_of);

}  // namespace
}  // namespace rs::sink
