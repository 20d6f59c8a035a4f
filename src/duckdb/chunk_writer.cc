#include "duckdb/chunk_writer.h"

#include <cstdint>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "row/wire_reader.h"

namespace rs::duckdb {
namespace {

constexpr std::string_view kMalformed = "the bytes are not a row";
constexpr std::string_view kNotUtf8 = "a text is not UTF-8";
constexpr std::string_view kTooLong = "a text of 2 GiB or more";
constexpr std::string_view kTooMany = "more than 65536 parameters, properties and items together";

void set_valid(std::uint64_t* validity, std::size_t slot) {
  validity[slot / 64] |= std::uint64_t{1} << (slot % 64);
}

// DuckDB trusts the text it is given, and fails much later on text that is not UTF-8.
bool is_utf8(std::string_view text) {
  std::uint64_t seen = 0, word = 0;
  std::size_t at = 0;
  for (; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    seen |= word;
  }
  word = 0;
  std::memcpy(&word, text.data() + at, text.size() - at);
  if (((seen | word) & 0x8080'8080'8080'8080) == 0) return true;
  return find_invalid_utf8(text) == std::string_view::npos;
}

// Up to 12 bytes lie inside the value, the rest of it zero; longer text stays in the batch.
duckdb_string_t text_value(std::string_view text) {
  duckdb_string_t value{};
  value.value.inlined.length = static_cast<std::uint32_t>(text.size());
  if (text.size() <= sizeof value.value.inlined.inlined) {
    std::memcpy(value.value.inlined.inlined, text.data(), text.size());
  } else {
    std::memcpy(value.value.pointer.prefix, text.data(), sizeof value.value.pointer.prefix);
    value.value.pointer.ptr = const_cast<char*>(text.data());
  }
  return value;
}

template <class T>
void put(const ChunkNode& node, std::size_t slot, T value) {
  std::memcpy(node.data + slot * sizeof value, &value, sizeof value);
}

}  // namespace

ChunkWriter::ChunkWriter(ChunkLayout layout) : layout_(std::move(layout)) {
  for (auto& node : layout_.nodes()) {
    if (node.repeated) lists_.push_back(&node);
  }
  used_before_.resize(lists_.size());
}

void ChunkWriter::begin(duckdb_data_chunk chunk) {
  chunk_ = chunk;
  layout_.attach(chunk);
  rows_ = elements_ = 0;
}

std::string_view ChunkWriter::add(std::string_view encoded) {
  elements_before_ = elements_;
  row_weight_ = layout_.root().width + encoded.size();
  for (std::size_t i = 0; i < lists_.size(); ++i) used_before_[i] = lists_[i]->used;

  const std::string_view why = read_record(layout_.root(), encoded, rows_);
  if (why.empty()) {
    ++rows_;
    weight_ += row_weight_;
    return why;
  }
  layout_.set_null(layout_.root(), rows_, rows_ + 1);
  for (std::size_t i = 0; i < lists_.size(); ++i) layout_.truncate(*lists_[i], used_before_[i]);
  elements_ = elements_before_;
  return why;
}

std::string_view ChunkWriter::read_record(const ChunkNode& record, std::string_view bytes,
                                          std::size_t slot) {
  using Kind = ChunkNode::Kind;
  using row::WireType;
  row::WireReader reader(bytes);
  while (!reader.done()) {
    row::WireTag tag;
    if (!reader.tag(tag)) return kMalformed;
    ChunkNode* const node = layout_.member(record, tag.number);
    if (node == nullptr) {  // Of a newer definition of the row.
      if (!reader.skip(tag.type)) return kMalformed;
      continue;
    }
    std::uint64_t number = 0;
    std::string_view text;
    switch (tag.type) {
      case WireType::kBytes:
        if (!reader.bytes(text)) return kMalformed;
        if (node->kind == Kind::kText) {
          if (text.size() > INT32_MAX) return kTooLong;
          if (!is_utf8(text)) return kNotUtf8;
          put(*node, slot, text_value(text));
        } else if (node->kind == Kind::kRecord) {
          const auto why =
              node->repeated ? read_element(*node, text, slot) : read_record(*node, text, slot);
          if (!why.empty()) return why;
          if (node->repeated) continue;
        } else {
          return kMalformed;
        }
        break;
      case WireType::kVarint:
        if (!reader.varint(number)) return kMalformed;
        if (node->kind == Kind::kInteger) {
          put(*node, slot, number);
        } else if (node->kind == Kind::kBoolean) {
          put(*node, slot, number != 0);
        } else if (node->kind == Kind::kDays) {
          put(*node, slot, static_cast<std::int32_t>(number));
        } else {
          return kMalformed;
        }
        break;
      case WireType::kFixed64:
        if (node->kind != Kind::kFraction || !reader.fixed64(number)) return kMalformed;
        put(*node, slot, number);
        break;
      case WireType::kFixed32:
        return kMalformed;
    }
    set_valid(node->validity, slot);
  }
  return {};
}

std::string_view ChunkWriter::read_element(ChunkNode& list, std::string_view bytes,
                                           std::size_t slot) {
  if (++elements_ - elements_before_ > kElementsMax) return kTooMany;
  if (list.used == list.capacity && !layout_.grow(list)) return kTooMany;
  duckdb_list_entry& entry = list.entries[slot];
  if (entry.length == 0) {
    entry.offset = list.used;
    set_valid(list.entries_validity, slot);
  }
  ++entry.length;
  row_weight_ += list.width;
  const std::size_t element = list.used++;
  set_valid(list.validity, element);
  return read_record(list, bytes, element);
}

std::size_t ChunkWriter::end() {
  for (ChunkNode* list : lists_) (void)library().list_vector_set_size(list->vector, list->used);
  library().data_chunk_set_size(chunk_, rows_);
  return rows_;
}

}  // namespace rs::duckdb
