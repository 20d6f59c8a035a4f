// The sink contract, held against the sinks of this folder.
#include <optional>
#include <string_view>

#include "sink/discard_sink.h"
#include "sink/memory_sink.h"
#include "sink/sink_contract.h"

namespace rs::sink {
namespace {

std::unique_ptr<Sink> memory_sink(const std::string&) {
  auto sink = std::make_unique<MemorySink>();
  sink->reject([](std::string_view row) -> std::optional<std::string> {
    if (row == "\xff") return "bad";
    return std::nullopt;
  });
  return sink;
}

INSTANTIATE_TEST_SUITE_P(
    Each, SinkContract,
    testing::Values(
        Candidate{"memory", memory_sink, true,
                  [](Sink& sink) { return static_cast<MemorySink&>(sink).rows().size(); }},
        Candidate{"discard", [](const auto&) { return std::make_unique<DiscardSink>(); }, false,
                  [](Sink& sink) { return std::size_t{static_cast<DiscardSink&>(sink).rows()}; }}),
    name_of);

}  // namespace
}  // namespace rs::sink
