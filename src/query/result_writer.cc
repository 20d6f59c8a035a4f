#include "query/result_writer.h"

#include <string_view>
#include <utility>

#include "base/printable_text.h"
#include "base/text.h"

namespace rs::query {
namespace {

class JsonWriter final : public ResultWriter {
 public:
  explicit JsonWriter(std::vector<ResultColumn> columns) : ResultWriter(std::move(columns)) {
    for (const auto& column : columns_) {
      std::string key = keys_.empty() ? "\"" : ",\"";
      append_json_escaped(key, column.name);
      keys_.push_back(key + "\":");
    }
  }
  void begin(std::string& out) override { out += '['; }
  void rows(std::string& out, duckdb_data_chunk chunk) override {
    const std::size_t start = out.size();
    for (idx_t row = 0; row < duckdb::library().data_chunk_get_size(chunk); ++row) {
      out += first_ ? "\n{" : ",\n{";
      first_ = false;
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        out += keys_[i];
        columns_[i].value.append_json(out, duckdb::library().data_chunk_get_vector(chunk, i), row);
      }
      out += '}';
    }
    // It may be a terminal that reads it.
    const auto printed = printable_json(std::string_view(out).substr(start));
    out.replace(start, out.size() - start, printed);
  }
  void end(std::string& out) override { out += first_ ? "]\n" : "\n]\n"; }

 private:
  std::vector<std::string> keys_;  // With all that stands before the value.
  bool first_ = true;
};

class CsvWriter final : public ResultWriter {
 public:
  using ResultWriter::ResultWriter;
  void begin(std::string& out) override {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) out += ',';
      append_field(out, columns_[i].name);
    }
    out += "\r\n";
  }
  void rows(std::string& out, duckdb_data_chunk chunk) override {
    for (idx_t row = 0; row < duckdb::library().data_chunk_get_size(chunk); ++row) {
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (i > 0) out += ',';
        const duckdb_vector vector = duckdb::library().data_chunk_get_vector(chunk, i);
        if (ValueText::is_null(vector, row)) continue;
        field_.clear();
        columns_[i].value.append_plain(field_, vector, row);
        append_field(out, field_);
      }
      out += "\r\n";
    }
  }
  void end(std::string&) override {}

 private:
  static void append_field(std::string& out, std::string_view text) {
    if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
      out += text;
      return;
    }
    out += '"';
    for (const char c : text) out.append(c == '"' ? 2 : 1, c);
    out += '"';
  }

  std::string field_;
};

class PlanWriter final : public ResultWriter {
 public:
  using ResultWriter::ResultWriter;
  void rows(std::string& out, duckdb_data_chunk chunk) override {
    const std::size_t last = columns_.size() - 1;
    const duckdb_vector vector = duckdb::library().data_chunk_get_vector(chunk, last);
    for (idx_t row = 0; row < duckdb::library().data_chunk_get_size(chunk); ++row) {
      columns_[last].value.append_plain(out, vector, row);
      out += '\n';
    }
  }
  void end(std::string&) override {}
};

}  // namespace

std::unique_ptr<ResultWriter> make_json_writer(std::vector<ResultColumn> columns) {
  return std::make_unique<JsonWriter>(std::move(columns));
}

std::unique_ptr<ResultWriter> make_csv_writer(std::vector<ResultColumn> columns) {
  return std::make_unique<CsvWriter>(std::move(columns));
}

std::unique_ptr<ResultWriter> make_plan_writer(std::vector<ResultColumn> columns) {
  return std::make_unique<PlanWriter>(std::move(columns));
}

}  // namespace rs::query
