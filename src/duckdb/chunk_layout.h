#pragma once
// For each column of the row, which vector of a DuckDB data chunk takes its values: two trees (the
// row's columns, the table's types), compared once and flattened.
// Columns of the table that the row does not have are there too, since a vector must be told that
// it holds NULLs. The vectors' memory moves only in attach() and grow().
// Not thread-safe. Only .cc files of this folder include this header.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "duckdb/handle.h"
#include "row/columns.h"

namespace rs::duckdb {

// A column at any depth. A repeated one has two vectors: the list's own (which part of the elements
// belongs to which row) and that of its elements.
struct ChunkNode {
  enum class Kind : std::uint8_t {
    kText,
    kInteger,
    kFraction,
    kBoolean,
    kDays,
    kRecord,
    kUnknown  // Only the table knows it.
  };
  Kind kind = Kind::kUnknown;
  bool repeated = false;
  std::uint32_t child_first = 0, child_count = 0;  // Nodes of a record's members.
  std::uint32_t lookup_first = 0, number_end = 0;  // Of its members, by field number.
  // Bytes of vectors that one value takes, present or NULL: one row of the root, one element of a
  // list, with all members but the elements of lists inside.
  std::size_t width = 0;

  char* data = nullptr;                       // Of the values; when repeated, of the elements.
  std::uint64_t* validity = nullptr;          // Same. A set bit: not NULL.
  duckdb_vector vector = nullptr;             // The list's own.
  duckdb_list_entry* entries = nullptr;       // Which elements belong to which row.
  std::uint64_t* entries_validity = nullptr;  // Same.
  std::size_t used = 0, capacity = 0;         // Elements.
};

class ChunkLayout {
 public:
  static constexpr std::size_t kRows = 2048;  // Of a chunk: DuckDB's STANDARD_VECTOR_SIZE.

  // `described` is a result with all columns of the table: SELECT * FROM events LIMIT 0.
  static Result<ChunkLayout> create(std::span<const row::Column> columns, duckdb_result* described);

  // Turns to the vectors of this chunk, which has the table's types. All its slots become NULL.
  void attach(duckdb_data_chunk chunk);

  [[nodiscard]] std::span<ChunkNode> nodes() { return nodes_; }
  [[nodiscard]] ChunkNode& root() { return nodes_.front(); }

  // The member of `record` with this field number, null when there is none.
  [[nodiscard]] ChunkNode* member(const ChunkNode& record, std::uint32_t number) {
    if (number >= record.number_end) return nullptr;
    const auto index = lookup_[record.lookup_first + number];
    return index == 0 ? nullptr : &nodes_[index];
  }

  // Makes room for more elements of a list. False when DuckDB refuses.
  [[nodiscard]] bool grow(ChunkNode& list);

  // Members of `record` become NULL in slots [from, to).
  void set_null(const ChunkNode& record, std::size_t from, std::size_t to);
  // Elements of `list` from this one on are given up.
  void truncate(ChunkNode& list, std::size_t used);

 private:
  Result<void> build(std::size_t index, duckdb_logical_type type, const row::Column* column);
  Result<void> build_members(std::size_t index, duckdb_logical_type type,
                             std::span<const row::Column> columns);
  void index_members(std::size_t index, std::span<const row::Column> columns,
                     std::span<const std::string> names);
  std::size_t measure(ChunkNode& node);
  void bind(ChunkNode& node, duckdb_vector vector, std::size_t from, std::size_t to);
  void bind_values(ChunkNode& node, duckdb_vector vector, std::size_t from, std::size_t to);

  std::vector<ChunkNode> nodes_;       // The first is the row itself.
  std::vector<std::uint16_t> lookup_;  // Indexes into nodes_; 0 for none.
};

}  // namespace rs::duckdb
