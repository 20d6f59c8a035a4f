// The fast half of RowReader: one pass over the wire bytes, no memory.
#include <algorithm>
#include <bit>
#include <chrono>
#include <cstring>

#include <fmt/format.h>

#include "fakes/bigquery/row_plan.h"

namespace rs::fakes {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr const char* kBroken = "Row is not a valid message of the writer schema";

// How long the value is that follows; all of it is there.
bool read_size(CodedInputStream& in, int& size) {
  std::uint32_t read = 0;
  if (!in.ReadVarint32(&read) || read > static_cast<std::uint32_t>(in.BytesUntilLimit()))
    return false;
  size = static_cast<int>(read);
  return true;
}

// The next length-delimited value as a view of the row's bytes.
bool read_bytes(CodedInputStream& in, std::string_view& value) {
  int size = 0;
  if (!read_size(in, size)) return false;
  if (size == 0) return true;
  const void* data = nullptr;
  int room = 0;
  in.GetDirectBufferPointerInline(&data, &room);
  value = {static_cast<const char*>(data), static_cast<std::size_t>(size)};
  return size <= room && in.Skip(size);
}

std::int64_t as_integer(const FieldDescriptor& field, std::uint64_t bits) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_SINT32:
    case FieldDescriptor::TYPE_SINT64:
      return WireFormatLite::ZigZagDecode64(bits);
    case FieldDescriptor::TYPE_INT32:
    case FieldDescriptor::TYPE_SFIXED32:
      return static_cast<std::int32_t>(bits);
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_FIXED32:
      return static_cast<std::uint32_t>(bits);
    default:
      return static_cast<std::int64_t>(bits);
  }
}

const char* bits_problem(ValueType type, const FieldDescriptor& field, std::uint64_t bits) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return fraction_problem(type, std::bit_cast<double>(bits));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return fraction_problem(type, std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    default:
      return integer_problem(type, as_integer(field, bits));
  }
}

// One value that is not length-delimited.
bool read_bits(CodedInputStream& in, unsigned wire, std::uint64_t& bits) {
  if (wire == WireFormatLite::WIRETYPE_VARINT) return in.ReadVarint64(&bits);
  if (wire == WireFormatLite::WIRETYPE_FIXED64) return in.ReadLittleEndian64(&bits);
  std::uint32_t half = 0;
  const bool read = wire == WireFormatLite::WIRETYPE_FIXED32 && in.ReadLittleEndian32(&half);
  bits = half;
  return read;
}

std::string about(const std::string& path, const char* problem) {
  return fmt::format("{} on field {}", problem, path);
}

// Rows go to partitions of the last 10 years and the next one only (bigquery.md 1.8).
const char* partition_problem(ValueType type, std::int64_t value) {
  using std::chrono::days, std::chrono::floor, std::chrono::system_clock;
  const std::int64_t today = floor<days>(system_clock::now()).time_since_epoch().count();
  const std::int64_t day = type == ValueType::kTimestamp ? value / 86'400'000'000 : value;
  if (day >= today - 3650 && day <= today + 366) return nullptr;
  return "The destination partition is outside the allowed bounds of 3650 days in the past and 366 "
         "days in the future";
}

// google.protobuf.Timestamp and wrappers come seldom: through their generated classes.
const char* known_message_problem(ValueType type, const FieldDescriptor& field,
                                  std::string_view bytes) {
  google::protobuf::DynamicMessageFactory factory;
  const std::unique_ptr<google::protobuf::Message> value(
      factory.GetPrototype(field.message_type())->New());
  if (!value->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return kBroken;
  const auto& reflection = *value->GetReflection();
  const FieldDescriptor& first = *field.message_type()->field(0);
  if (is_timestamp_message(field)) {
    const std::int64_t seconds = reflection.GetInt64(*value, &first);
    const bool far = seconds < kTimestampMin / 1'000'000 || seconds > kTimestampMax / 1'000'000;
    return far ? "Timestamp is out of range" : nullptr;
  }
  switch (first.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return text_problem(type, reflection.GetString(*value, &first),
                          first.type() == FieldDescriptor::TYPE_STRING);
    case FieldDescriptor::CPPTYPE_INT64:
      return integer_problem(type, reflection.GetInt64(*value, &first));
    default:
      return nullptr;
  }
}

}  // namespace

std::string RowReader::check(std::string_view row, std::string* id) const {
  std::string problem;
  CodedInputStream in(reinterpret_cast<const std::uint8_t*>(row.data()),
                      static_cast<int>(row.size()));
  in.PushLimit(static_cast<int>(row.size()));
  if (!check_message(in, *root_, problem, id) && problem.empty()) problem = kBroken;
  return problem;
}

bool RowReader::check_message(CodedInputStream& in, const Message& message, std::string& problem,
                              std::string* id) const {
  std::vector<const Field*> seen;  // Allocates only where something is required.
  while (in.BytesUntilLimit() > 0) {
    const std::uint32_t tag = in.ReadTagNoLastTag();
    if (tag == 0) return false;
    const unsigned wire = tag & 7;
    const Field* field = message.find(tag >> 3);
    if (field == nullptr) {
      problem = fmt::format("Row has field number {}, which the writer schema has not", tag >> 3);
      return false;
    }
    if (field->is_required && std::find(seen.begin(), seen.end(), field) == seen.end())
      seen.push_back(field);
    if (!check_field(in, *field, wire, problem, id)) return false;
  }
  if (seen.size() == message.required) return true;
  for (const Field& field : message.fields) {
    if (field.is_required && std::find(seen.begin(), seen.end(), &field) == seen.end()) {
      problem = fmt::format("Field {} is required", field.path);
      return false;
    }
  }
  return true;
}

bool RowReader::check_field(CodedInputStream& in, const Field& field, unsigned wire,
                            std::string& problem, std::string* id) const {
  const char* wrong = nullptr;
  if (wire == WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
    if (field.wire != wire)
      return field.descriptor.is_repeated() && check_packed(in, field, problem);
    if (field.is_record) {
      int size = 0;
      if (!read_size(in, size)) return false;
      const auto limit = in.PushLimit(size);
      const bool fine = check_message(in, *field.record, problem, nullptr);
      in.PopLimit(limit);
      return fine;
    }
    std::string_view value;
    if (!read_bytes(in, value)) return false;
    if (field.descriptor.message_type() != nullptr) {
      wrong = known_message_problem(field.column.type, field.descriptor, value);
    } else {
      wrong = text_problem(field.column.type, value,
                           field.descriptor.type() == FieldDescriptor::TYPE_STRING);
      if (id != nullptr && &field.descriptor == id_field_) id->assign(value);
    }
  } else {
    std::uint64_t bits = 0;
    if (wire != field.wire || !read_bits(in, wire, bits)) return false;
    wrong = bits_problem(field.column.type, field.descriptor, bits);
    if (wrong == nullptr && &field.descriptor == partition_field_) {
      wrong = partition_problem(field.column.type, as_integer(field.descriptor, bits));
    }
    if (id != nullptr && &field.descriptor == id_field_)
      *id = std::to_string(as_integer(field.descriptor, bits));
  }
  if (wrong != nullptr) problem = about(field.path, wrong);
  return wrong == nullptr;
}

bool RowReader::check_packed(CodedInputStream& in, const Field& field, std::string& problem) const {
  int size = 0;
  if (!read_size(in, size)) return false;
  const auto limit = in.PushLimit(size);
  while (in.BytesUntilLimit() > 0) {
    std::uint64_t bits = 0;
    if (!read_bits(in, field.wire, bits)) return false;
    if (const char* wrong = bits_problem(field.column.type, field.descriptor, bits)) {
      problem = about(field.path, wrong);
      return false;
    }
  }
  in.PopLimit(limit);
  return true;
}

}  // namespace rs::fakes
