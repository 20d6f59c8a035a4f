#pragma once
// Owners of DuckDB's C handles: each is destroyed by its own function, moved, never copied.
// Only .cc files of this folder, and a fake of tests/, include this header. load_duckdb() comes
// first.

#include <utility>

#include "duckdb/library.h"

namespace rs::duckdb {

template <class T, auto kDestroy>
class DuckdbHandle {
 public:
  DuckdbHandle() = default;
  explicit DuckdbHandle(T handle) : handle_(handle) {}
  DuckdbHandle(DuckdbHandle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  DuckdbHandle& operator=(DuckdbHandle&& other) noexcept {
    if (this != &other) {
      reset();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  ~DuckdbHandle() { reset(); }

  void reset() {
    if (handle_ != nullptr) (library().*kDestroy)(&handle_);
    handle_ = nullptr;
  }
  [[nodiscard]] T release() { return std::exchange(handle_, nullptr); }
  [[nodiscard]] T get() const { return handle_; }
  // Where a C function puts the new handle.
  [[nodiscard]] T* out() {
    reset();
    return &handle_;
  }
  explicit operator bool() const { return handle_ != nullptr; }

 private:
  T handle_ = nullptr;
};

using DuckdbConfig = DuckdbHandle<duckdb_config, &DuckdbLibrary::destroy_config>;
using DuckdbDatabase = DuckdbHandle<duckdb_database, &DuckdbLibrary::close>;
using DuckdbConnection = DuckdbHandle<duckdb_connection, &DuckdbLibrary::disconnect>;
using DuckdbChunk = DuckdbHandle<duckdb_data_chunk, &DuckdbLibrary::destroy_data_chunk>;
using DuckdbTableFunction =
    DuckdbHandle<duckdb_table_function, &DuckdbLibrary::destroy_table_function>;
using DuckdbType = DuckdbHandle<duckdb_logical_type, &DuckdbLibrary::destroy_logical_type>;
using DuckdbValue = DuckdbHandle<duckdb_value, &DuckdbLibrary::destroy_value>;
using DuckdbExtracted =
    DuckdbHandle<duckdb_extracted_statements, &DuckdbLibrary::destroy_extracted>;
using DuckdbPrepared = DuckdbHandle<duckdb_prepared_statement, &DuckdbLibrary::destroy_prepare>;
using DuckdbPending = DuckdbHandle<duckdb_pending_result, &DuckdbLibrary::destroy_pending>;

// A result is a struct with a handle inside.
class DuckdbResult {
 public:
  DuckdbResult() = default;
  DuckdbResult(const DuckdbResult&) = delete;
  DuckdbResult& operator=(const DuckdbResult&) = delete;
  ~DuckdbResult() {
    if (result_.internal_data != nullptr) library().destroy_result(&result_);
  }
  [[nodiscard]] duckdb_result* get() { return &result_; }

 private:
  duckdb_result result_{};
};

}  // namespace rs::duckdb
