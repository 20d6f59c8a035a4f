#include "duckdb/chunk_layout.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace rs::duckdb {
namespace {

constexpr std::size_t kFirstElements = 2048;  // Capacity of a new list vector.
constexpr std::size_t kWordBits = 64;

// How a column is read, and the type it must have in the table.
std::pair<ChunkNode::Kind, duckdb_type> reading_of(row::ColumnType type) {
  using Kind = ChunkNode::Kind;
  switch (type) {
    case row::ColumnType::kString:
    case row::ColumnType::kJson:
      return {Kind::kText, DUCKDB_TYPE_VARCHAR};
    case row::ColumnType::kInteger:
      return {Kind::kInteger, DUCKDB_TYPE_BIGINT};
    case row::ColumnType::kTimestamp:
      return {Kind::kInteger, DUCKDB_TYPE_TIMESTAMP};
    case row::ColumnType::kFloat:
      return {Kind::kFraction, DUCKDB_TYPE_DOUBLE};
    case row::ColumnType::kBoolean:
      return {Kind::kBoolean, DUCKDB_TYPE_BOOLEAN};
    case row::ColumnType::kDate:
      return {Kind::kDays, DUCKDB_TYPE_DATE};
    case row::ColumnType::kRecord:
      return {Kind::kRecord, DUCKDB_TYPE_STRUCT};
  }
  return {Kind::kUnknown, DUCKDB_TYPE_INVALID};
}

std::size_t bytes_of(ChunkNode::Kind kind) {
  using Kind = ChunkNode::Kind;
  switch (kind) {
    case Kind::kText:
    case Kind::kUnknown:
      return sizeof(duckdb_string_t);
    case Kind::kInteger:
    case Kind::kFraction:
      return sizeof(std::int64_t);
    case Kind::kDays:
      return sizeof(std::int32_t);
    case Kind::kBoolean:
      return sizeof(bool);
    case Kind::kRecord:
      break;
  }
  return 0;
}

const row::Column* find_by_name(std::span<const row::Column> columns, std::string_view name) {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const row::Column& column) { return column.name == name; });
  return found == columns.end() ? nullptr : &*found;
}

std::string member_name(duckdb_logical_type type, idx_t index) {
  char* name = library().struct_type_child_name(type, index);
  std::string copy(name);
  library().free(name);
  return copy;
}

void clear_bits(std::uint64_t* bits, std::size_t from, std::size_t to) {
  for (; from < to && from % kWordBits != 0; ++from) {
    bits[from / kWordBits] &= ~(std::uint64_t{1} << (from % kWordBits));
  }
  if (from < to) {
    std::memset(bits + from / kWordBits, 0, (to - from + kWordBits - 1) / kWordBits * sizeof *bits);
  }
}

std::uint64_t* writable_validity(duckdb_vector vector) {
  library().vector_ensure_validity_writable(vector);
  return library().vector_get_validity(vector);
}

}  // namespace

Result<ChunkLayout> ChunkLayout::create(std::span<const row::Column> columns,
                                        duckdb_result* described) {
  ChunkLayout layout;
  std::vector<DuckdbType> types;
  std::vector<std::string> names;
  for (idx_t i = 0; i < library().column_count(described); ++i) {
    types.emplace_back(library().column_logical_type(described, i));
    names.emplace_back(library().column_name(described, i));
  }
  layout.nodes_.resize(1 + types.size());
  layout.root().kind = ChunkNode::Kind::kRecord;
  layout.root().child_first = 1;
  layout.root().child_count = static_cast<std::uint32_t>(types.size());
  layout.index_members(0, columns, names);
  for (std::size_t i = 0; i < types.size(); ++i) {
    const auto built = layout.build(1 + i, types[i].get(), find_by_name(columns, names[i]));
    if (!built) return tl::unexpected(built.error());
  }
  layout.measure(layout.root());
  return layout;
}

void ChunkLayout::attach(duckdb_data_chunk chunk) {
  for (ChunkNode& node : nodes_) node.used = node.capacity = 0;
  for (std::size_t i = 0; i < root().child_count; ++i) {
    bind(nodes_[root().child_first + i], library().data_chunk_get_vector(chunk, i), 0, kRows);
  }
}

Result<void> ChunkLayout::build(std::size_t index, duckdb_logical_type type,
                                const row::Column* column) {
  const bool list = library().get_type_id(type) == DUCKDB_TYPE_LIST;
  if (column == nullptr) {
    if (library().get_type_id(type) == DUCKDB_TYPE_STRUCT) return build_members(index, type, {});
    return {};
  }
  const auto [kind, expected] = reading_of(column->type);
  const bool repeated = column->mode == row::Mode::kRepeated;
  const DuckdbType element(list ? library().list_type_child_type(type) : nullptr);
  const duckdb_logical_type value = list ? element.get() : type;
  if (repeated != list || library().get_type_id(value) != expected ||
      (repeated && kind != ChunkNode::Kind::kRecord)) {
    return fail(ErrorCode::kInternal, fmt::format("column {} of table events cannot be written: "
                                                  "its type is not the row's",
                                                  column->name));
  }
  nodes_[index].kind = kind;
  nodes_[index].repeated = repeated;
  if (kind == ChunkNode::Kind::kRecord) return build_members(index, value, column->children);
  return {};
}

Result<void> ChunkLayout::build_members(std::size_t index, duckdb_logical_type type,
                                        std::span<const row::Column> columns) {
  std::vector<std::string> names;
  for (idx_t i = 0; i < library().struct_type_child_count(type); ++i) {
    names.push_back(member_name(type, i));
  }
  const std::size_t first = nodes_.size();
  nodes_[index].child_first = static_cast<std::uint32_t>(first);
  nodes_[index].child_count = static_cast<std::uint32_t>(names.size());
  nodes_.resize(first + names.size());
  index_members(index, columns, names);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const DuckdbType member(library().struct_type_child_type(type, i));
    auto built = build(first + i, member.get(), find_by_name(columns, names[i]));
    if (!built) return built;
  }
  return {};
}

void ChunkLayout::index_members(std::size_t index, std::span<const row::Column> columns,
                                std::span<const std::string> names) {
  ChunkNode& record = nodes_[index];
  record.lookup_first = static_cast<std::uint32_t>(lookup_.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const row::Column* column = find_by_name(columns, names[i]);
    if (column == nullptr) continue;
    record.number_end = std::max(record.number_end, column->number + 1);
    lookup_.resize(std::max(lookup_.size(), std::size_t{record.lookup_first} + record.number_end));
    lookup_[record.lookup_first + column->number] =
        static_cast<std::uint16_t>(record.child_first + i);
  }
}

// Returns what the value adds to the record around it.
std::size_t ChunkLayout::measure(ChunkNode& node) {
  constexpr std::size_t kValidity = 1;  // One bit, and some for what DuckDB keeps beside it.
  node.width = kValidity + bytes_of(node.kind);
  for (std::size_t i = 0; i < node.child_count; ++i) {
    node.width += measure(nodes_[node.child_first + i]);
  }
  return node.repeated ? kValidity + sizeof(duckdb_list_entry) : node.width;
}

// Points `node` at the memory of its vectors and makes slots [from, to) NULL.
void ChunkLayout::bind(ChunkNode& node, duckdb_vector vector, std::size_t from, std::size_t to) {
  if (!node.repeated) return bind_values(node, vector, from, to);
  if (node.capacity == 0) {
    (void)library().list_vector_reserve(vector, kFirstElements);
    bind_values(node, library().list_vector_get_child(vector), 0, kFirstElements);
    node.capacity = kFirstElements;
  }
  node.vector = vector;
  node.entries = static_cast<duckdb_list_entry*>(library().vector_get_data(vector));
  node.entries_validity = writable_validity(vector);
  clear_bits(node.entries_validity, from, to);
  std::memset(node.entries + from, 0, (to - from) * sizeof *node.entries);
}

void ChunkLayout::bind_values(ChunkNode& node, duckdb_vector vector, std::size_t from,
                              std::size_t to) {
  node.data = static_cast<char*>(library().vector_get_data(vector));
  node.validity = writable_validity(vector);
  clear_bits(node.validity, from, to);
  for (std::size_t i = 0; i < node.child_count; ++i) {
    bind(nodes_[node.child_first + i],
         library().struct_vector_get_child(vector, static_cast<idx_t>(i)), from, to);
  }
}

bool ChunkLayout::grow(ChunkNode& list) {
  const std::size_t capacity = list.capacity * 2;
  if (library().list_vector_reserve(list.vector, capacity) != DuckDBSuccess) return false;
  bind_values(list, library().list_vector_get_child(list.vector), list.capacity, capacity);
  list.capacity = capacity;
  return true;
}

void ChunkLayout::set_null(const ChunkNode& record, std::size_t from, std::size_t to) {
  for (std::size_t i = 0; i < record.child_count; ++i) {
    const ChunkNode& node = nodes_[record.child_first + i];
    if (node.repeated) {
      clear_bits(node.entries_validity, from, to);
      std::memset(node.entries + from, 0, (to - from) * sizeof *node.entries);
    } else {
      clear_bits(node.validity, from, to);
      set_null(node, from, to);
    }
  }
}

void ChunkLayout::truncate(ChunkNode& list, std::size_t used) {
  clear_bits(list.validity, used, list.used);
  set_null(list, used, list.used);
  list.used = used;
}

}  // namespace rs::duckdb
