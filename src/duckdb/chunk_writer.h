#pragma once
// Decodes rows straight from their wire bytes into the vectors of a DuckDB data chunk: no row
// objects, nothing allocated per row, texts left where they are in the batch.
//   begin(chunk) --> add(row) ... until full() --> end()
// Not thread-safe. Only .cc files of this folder include this header.

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "duckdb/chunk_layout.h"

namespace rs::duckdb {

class ChunkWriter {
 public:
  // Elements of repeated columns, nested ones included. A row with more is never accepted (a
  // megabyte of `{}` would become hundreds of megabytes of columns), a chunk with more is full.
  static constexpr std::size_t kElementsMax = 65'536;

  explicit ChunkWriter(ChunkLayout layout);

  // `chunk` has the table's types and is empty; it is used until end().
  void begin(duckdb_data_chunk chunk);

  // Empty when the row was added; else why it never will be, and the chunk is as before.
  // The chunk's texts point into these bytes. The chunk must not be full.
  [[nodiscard]] std::string_view add(std::string_view encoded);

  [[nodiscard]] bool full() const {
    return rows_ == ChunkLayout::kRows || elements_ > kElementsMax;
  }

  // Bytes that the rows added so far take in DuckDB's vectors, their texts included: what a commit
  // needs of memory, and about what the rows take until a checkpoint. Grows from chunk to chunk.
  [[nodiscard]] std::size_t weight() const { return weight_; }

  // Tells the chunk how many rows it has, and returns that.
  std::size_t end();

 private:
  [[nodiscard]] std::string_view read_record(const ChunkNode& record, std::string_view bytes,
                                             std::size_t slot);
  [[nodiscard]] std::string_view read_element(ChunkNode& list, std::string_view bytes,
                                              std::size_t slot);

  ChunkLayout layout_;
  duckdb_data_chunk chunk_ = nullptr;
  std::vector<ChunkNode*> lists_;
  std::vector<std::size_t> used_before_;  // Of each list, before the row that is being added.
  std::size_t rows_ = 0, elements_ = 0, elements_before_ = 0;
  std::size_t weight_ = 0, row_weight_ = 0;  // The second: of the elements of the row being added.
};

}  // namespace rs::duckdb
