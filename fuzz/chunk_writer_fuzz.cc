// Any bytes as a row of the local store: never a read or write outside, and a row that is refused
// leaves nothing behind.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <vector>

#include "duckdb/chunk_writer.h"
#include "duckdb/handle.h"
#include "row/columns.h"
#include "row/encode.h"
#include "row/print_schema.h"
#include "row/row.h"

namespace {

using namespace rs;
using duckdb::library;

struct Table {
  Table() {
    if (!duckdb::load_duckdb() ||
        library().open_ext(":memory:", database.out(), nullptr, nullptr) != DuckDBSuccess ||
        library().connect(database.get(), connection.out()) != DuckDBSuccess) {
      std::abort();
    }
    duckdb::DuckdbResult made, described;
    const auto create = row::print_schema(row::SchemaFormat::kDuckDb);
    if (library().query(connection.get(), create.c_str(), made.get()) != DuckDBSuccess ||
        library().query(connection.get(), "SELECT * FROM events LIMIT 0", described.get()) !=
            DuckDBSuccess) {
      std::abort();
    }
    auto layout = duckdb::ChunkLayout::create(row::columns(), described.get());
    if (!layout) std::abort();
    writer.emplace(*std::move(layout));
    for (idx_t i = 0; i < library().column_count(described.get()); ++i) {
      types.emplace_back(library().column_logical_type(described.get(), i));
      handles.push_back(types.back().get());
    }
    *chunk.out() = library().create_data_chunk(handles.data(), handles.size());
  }
  duckdb::DuckdbDatabase database;
  duckdb::DuckdbConnection connection;
  std::optional<duckdb::ChunkWriter> writer;
  std::vector<duckdb::DuckdbType> types;
  std::vector<duckdb_logical_type> handles;
  duckdb::DuckdbChunk chunk;  // Used again and again, with what the last input left in it.
};

void expect(bool condition) {
  if (!condition) std::abort();
}

// Slot `row` holds the good row: one parameter, its key, and no user_id.
void expect_good(duckdb_data_chunk chunk, idx_t row) {
  const auto column = [&](idx_t index) { return library().data_chunk_get_vector(chunk, index); };
  const auto valid = [](duckdb_vector vector, idx_t slot) {
    return (library().vector_get_validity(vector)[slot / 64] >> (slot % 64) & 1) != 0;
  };
  const duckdb_vector params = column(3);
  const auto entry = static_cast<duckdb_list_entry*>(library().vector_get_data(params))[row];
  expect(valid(params, row) && entry.length == 1);
  const duckdb_vector elements = library().list_vector_get_child(params);
  const duckdb_vector keys = library().struct_vector_get_child(elements, 0);
  const auto& key =
      static_cast<duckdb_string_t*>(library().vector_get_data(keys))[entry.offset].value.inlined;
  expect(valid(elements, entry.offset) && valid(keys, entry.offset));
  expect(std::string_view(key.inlined, key.length) == "key");
  expect(!valid(library().struct_vector_get_child(elements, 1), entry.offset));
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
