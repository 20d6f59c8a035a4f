#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/printable_text.h"
#include "query/result_writer.h"

namespace rs::query {
namespace {

constexpr std::size_t kSampleRows = 1000;
constexpr std::size_t kCellMin = 8;  // Columns of the terminal; fewer show nothing of a text.
constexpr std::string_view kGap = "  ";

// Characters, as far as a terminal gives each one column.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// The first `width` characters, the last of them '~' when some were cut off.
void append_cut(std::string& out, std::string_view text, std::size_t width) {
  if (width_of(text) <= width) {
    out += text;
    return;
  }
  std::size_t at = 0;
  for (std::size_t seen = 0; at < text.size(); ++at) {
    const bool starts = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
    if (starts && seen++ == width - 1) break;
  }
  out.append(text.substr(0, at)).append("~");
}

class TableWriter final : public ResultWriter {
 public:
  TableWriter(std::vector<ResultColumn> columns, std::size_t width_max)
      : ResultWriter(std::move(columns)), width_max_(width_max) {
    for (const auto& column : columns_) {
      names_.push_back(printable(column.name));
      widths_.push_back(width_of(names_.back()));
    }
  }

  void rows(std::string& out, duckdb_data_chunk chunk) override {
    for (idx_t row = 0; row < duckdb::library().data_chunk_get_size(chunk); ++row) {
      std::vector<std::string> cells = cells_of(chunk, row);
      if (decided_) {
        write_row(out, cells);
        continue;
      }
      for (std::size_t i = 0; i < cells.size(); ++i) {
        widths_[i] = std::max(widths_[i], width_of(cells[i]));
      }
      sample_.push_back(std::move(cells));
      if (sample_.size() == kSampleRows) decide(out);
    }
  }

  void end(std::string& out) override {
    if (!decided_) decide(out);
    out += fmt::format("({} {})\n", count_, count_ == 1 ? "row" : "rows");
  }

 private:
  std::vector<std::string> cells_of(duckdb_data_chunk chunk, idx_t row) const {
    std::vector<std::string> cells(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const duckdb_vector vector = duckdb::library().data_chunk_get_vector(chunk, i);
      if (ValueText::is_null(vector, row)) {
        cells[i] = "NULL";
      } else {
        columns_[i].value.append_plain(cells[i], vector, row);
        cells[i] = printable(cells[i]);
      }
    }
    return cells;
  }

  // Widths are final from here on, and what was held back is written.
  void decide(std::string& out) {
    decided_ = true;
    if (width_max_ > 0) fit();
    if (!records_) write_head(out);
    for (const auto& cells : sample_) write_row(out, cells);
    sample_.clear();
  }

  // Cuts the widest columns down until a line fits; when that leaves too little, rows become
  // records.
  void fit() {
    const std::size_t gaps = kGap.size() * (widths_.empty() ? 0 : widths_.size() - 1);
    auto total = std::accumulate(widths_.begin(), widths_.end(), gaps);
    while (total > width_max_) {
      const auto widest = std::max_element(widths_.begin(), widths_.end());
      if (*widest <= kCellMin) {
        records_ = true;
        return;
      }
      --*widest;
      --total;
    }
  }

  void write_head(std::string& out) const {
    write_line(out, names_);
    for (std::size_t i = 0; i < widths_.size(); ++i) {
      if (i > 0) out += kGap;
      out.append(widths_[i], '-');
    }
    out += '\n';
  }

  void write_line(std::string& out, const std::vector<std::string>& cells) const {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) out += kGap;
      const std::size_t width = width_of(cells[i]);
      const std::size_t blanks = width < widths_[i] ? widths_[i] - width : 0;
      const bool right = columns_[i].value.is_number();
      if (right) out.append(blanks, ' ');
      if (width_max_ > 0) {
        append_cut(out, cells[i], widths_[i]);
      } else {
        out += cells[i];
      }
      if (!right && i + 1 < cells.size()) out.append(blanks, ' ');
    }
    out += '\n';
  }

  void write_row(std::string& out, const std::vector<std::string>& cells) {
    ++count_;
    if (records_) {
      write_record(out, cells);
    } else {
      write_line(out, cells);
    }
  }

  void write_record(std::string& out, const std::vector<std::string>& cells) const {
    std::size_t name_width = 0;
    for (const auto& name : names_) name_width = std::max(name_width, width_of(name));
    const std::size_t used = name_width + kGap.size();
    const std::size_t left = width_max_ > used + kCellMin ? width_max_ - used : kCellMin;
    out += fmt::format("--- row {} ---\n", count_);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      out.append(names_[i]).append(used - width_of(names_[i]), ' ');
      append_cut(out, cells[i], left);
      out += '\n';
    }
  }

  const std::size_t width_max_;
  std::vector<std::string> names_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<std::string>> sample_;
  std::size_t count_ = 0;  // Rows written.
  bool decided_ = false, records_ = false;
};

}  // namespace

std::unique_ptr<ResultWriter> make_table_writer(std::vector<ResultColumn> columns,
                                                std::size_t width_max) {
  return std::make_unique<TableWriter>(std::move(columns), width_max);
}

}  // namespace rs::query
