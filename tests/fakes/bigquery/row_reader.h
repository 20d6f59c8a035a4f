#pragma once
// Rows of one writer schema, read against one shape of a table: bigquery.md 1.8.
// check() walks the wire bytes with protobuf's CodedInputStream, which is what keeps up with
// 300,000 rows a second; json() parses a DynamicMessage, for rows that are read back. A test holds
// the two against each other. Immutable once compiled; usable from any thread.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <google/cloud/bigquery/storage/v1/storage.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/coded_stream.h>

#include "fakes/bigquery/schema.h"
#include "fakes/bigquery/write_error.h"

namespace rs::fakes {

// The columns as the write side knows them; a change makes a new one.
struct TableShape {
  Schema columns;
  std::string partition_column;  // DATE or TIMESTAMP; "" without.
  std::uint64_t version = 0;
};

// Columns of the table that take their default when a row lacks them; by position.
using DefaultColumns = std::vector<bool>;

// How tabledata() lays a row out.
struct CellForm {
  const Schema& columns;            // The cells: the table's columns as they are now.
  bool integer_timestamps = false;  // Microseconds; else seconds with a fraction.
};

class RowReader {
 public:
  // kInvalidInput-like: a descriptor that does not compile or does not fit the columns.
  static WriteResult<std::shared_ptr<const RowReader>> compile(
      const google::protobuf::DescriptorProto& writer, std::shared_ptr<const TableShape> shape,
      std::string_view id_column);

  // What is wrong with the row, or "". When `id` is given it becomes the value of the id column.
  [[nodiscard]] std::string check(std::string_view row, std::string* id) const;

  // The row as rows() of fake_bigquery.h describes it; as tabledata.list does: {"f":[{"v":...}]}.
  // `time` stands for CURRENT_TIMESTAMP(), in microseconds. The row must have passed check().
  [[nodiscard]] std::string json(std::string_view row, const DefaultColumns& defaults,
                                 std::int64_t time) const;
  [[nodiscard]] std::string tabledata(std::string_view row, const DefaultColumns& defaults,
                                      std::int64_t time, const CellForm& form) const;

  // The writer's schema: a DescriptorProto, serialised.
  [[nodiscard]] const std::string& writer() const { return writer_; }
  [[nodiscard]] const TableShape& shape() const { return *shape_; }
  // Whether the writer's schema has the column, by position in the shape.
  [[nodiscard]] bool has_column(std::size_t column) const { return fields_[column] != nullptr; }

 private:
  struct Field;
  struct Message;
  RowReader() = default;

  WriteResult<std::unique_ptr<Message>> plan(const google::protobuf::Descriptor& message,
                                             const Schema& columns, const std::string& path);
  bool check_message(google::protobuf::io::CodedInputStream& in, const Message& message,
                     std::string& problem, std::string* id) const;
  bool check_field(google::protobuf::io::CodedInputStream& in, const Field& field, unsigned wire,
                   std::string& problem, std::string* id) const;
  bool check_packed(google::protobuf::io::CodedInputStream& in, const Field& field,
                    std::string& problem) const;

  std::string writer_;
  std::shared_ptr<const TableShape> shape_;
  std::unique_ptr<google::protobuf::DescriptorPool> pool_;
  std::unique_ptr<google::protobuf::DynamicMessageFactory> factory_;
  const google::protobuf::Message* prototype_ = nullptr;
  std::unique_ptr<Message> root_;
  std::vector<const google::protobuf::FieldDescriptor*> fields_;  // Of each top-level column.
  const google::protobuf::FieldDescriptor* id_field_ = nullptr;
  const google::protobuf::FieldDescriptor* partition_field_ = nullptr;

 public:
  ~RowReader();
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;
};

}  // namespace rs::fakes
