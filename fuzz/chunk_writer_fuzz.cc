// Any bytes as a row of the local store: never a read or write outside, and a row that is refused
// leaves nothing behind.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <vector>

#include "row/columns.h"
#include "row/encode.h"
#include "row/print_schema.h"
#include "row/row.h"
#include "sink/chunk_writer.h"
#include "sink/duckdb_handle.h"

namespace {

using namespace rs;
using sink::duckdb;

struct Table {
  Table() {
    if (!sink::load_duckdb() ||
        duckdb().open_ext(":memory:", database.out(), nullptr, nullptr) != DuckDBSuccess ||
        duckdb().connect(database.get(), connection.out()) != DuckDBSuccess) {
      std::abort();
    }
    sink::DuckdbResult made, described;
    const auto create = row::print_schema(row::SchemaFormat::kDuckDb);
    if (duckdb().query(connection.get(), create.c_str(), made.get()) != DuckDBSuccess ||
        duckdb().query(connection.get(), "SELECT * FROM events LIMIT 0", described.get()) !=
            DuckDBSuccess) {
      std::abort();
    }
    auto layout = sink::ChunkLayout::create(row::columns(), described.get());
    if (!layout) std::abort();
    writer.emplace(*std::move(layout));
    for (idx_t i = 0; i < duckdb().column_count(described.get()); ++i) {
      types.emplace_back(duckdb().column_logical_type(described.get(), i));
      handles.push_back(types.back().get());
    }
    *chunk.out() = duckdb().create_data_chunk(handles.data(), handles.size());
  }
  sink::DuckdbDatabase database;
  sink::DuckdbConnection connection;
  std::optional<sink::ChunkWriter> writer;
  std::vector<sink::DuckdbType> types;
  std::vector<duckdb_logical_type> handles;
  sink::DuckdbChunk chunk;  // Used again and again, with what the last input left in it.
};

void expect(bool condition) {
  if (!condition) std::abort();
}

// Slot `row` holds the good row: one parameter, its key, and no user_id.
void expect_good(duckdb_data_chunk chunk, idx_t row) {
  const auto column = [&](idx_t index) { return duckdb().data_chunk_get_vector(chunk, index); };
  const auto valid = [](duckdb_vector vector, idx_t slot) {
    return (duckdb().vector_get_validity(vector)[slot / 64] >> (slot % 64) & 1) != 0;
  };
  const duckdb_vector params = column(3);
  const auto entry = static_cast<duckdb_list_entry*>(duckdb().vector_get_data(params))[row];
  expect(valid(params, row) && entry.length == 1);
  const duckdb_vector elements = duckdb().list_vector_get_child(params);
  const duckdb_vector keys = duckdb().struct_vector_get_child(elements, 0);
  const auto& key =
      static_cast<duckdb_string_t*>(duckdb().vector_get_data(keys))[entry.offset].value.inlined;
  expect(valid(elements, entry.offset) && valid(keys, entry.offset));
  expect(std::string_view(key.inlined, key.length) == "key");
  expect(!valid(duckdb().struct_vector_get_child(elements, 1), entry.offset));
  expect(valid(column(2), row) && !valid(column(8), row) && !valid(column(22), row));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Table table;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static constexpr row::EventParam kParams[] = {{.key = "key"}};
  static row::Encoder encoder;
  const auto good = encoder.encode({.event_name = "good", .event_params = kParams});

  duckdb_data_chunk chunk = table.chunk.get();
  table.writer->begin(chunk);
  expect(table.writer->add(good).empty());
  const bool added = table.writer->add(bytes).empty();
  if (!table.writer->full()) {
    expect(table.writer->add(good).empty());
    expect_good(chunk, added ? 2 : 1);
  }
  expect_good(chunk, 0);
  (void)table.writer->end();
  return 0;
}
