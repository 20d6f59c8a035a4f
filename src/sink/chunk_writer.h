#pragma once
// Decodes rows straight from their wire bytes into the vectors of a DuckDB data chunk: no row
// objects, nothing allocated per row, texts left where they are in the batch.
//   add(row) ... until full() --> chunk(), append it --> clear()
// Not thread-safe. Only .cc files of this folder include this header.

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sink/chunk_layout.h"

namespace rs::sink {

class ChunkWriter {
 public:
  // Elements of repeated columns, nested ones included. A row with more is never accepted (a
  // megabyte of `{}` would become hundreds of megabytes of columns), a chunk with more is full.
  static constexpr std::size_t kElementsMax = 65'536;

  explicit ChunkWriter(ChunkLayout layout);

  // Empty when the row was added; else why it never will be, and the chunk is as before.
  // The bytes must stay where they are until clear(). The chunk must not be full.
  [[nodiscard]] std::string_view add(std::string_view encoded);

  [[nodiscard]] bool full() const {
    return rows_ == ChunkLayout::kRows || elements_ > kElementsMax;
  }
  [[nodiscard]] bool empty() const { return rows_ == 0; }

  // The rows so far. Owned here, valid until the next add() or clear().
  [[nodiscard]] duckdb_data_chunk chunk();
  void clear();

 private:
  [[nodiscard]] std::string_view read_record(const ChunkNode& record, std::string_view bytes,
                                             std::size_t slot);
  [[nodiscard]] std::string_view read_element(ChunkNode& list, std::string_view bytes,
                                              std::size_t slot);

  ChunkLayout layout_;
  std::vector<ChunkNode*> lists_;
  std::vector<std::size_t> used_before_;  // Of each list, before the row that is being added.
  std::size_t rows_ = 0, elements_ = 0, elements_before_ = 0;
};

}  // namespace rs::sink
