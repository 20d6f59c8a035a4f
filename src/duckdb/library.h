#pragma once
// The functions of libduckdb.so that this folder uses, looked up when the first store opens.
//
// Not linked, because most programs never open a store: linked, every start would cost 11 ms and
// 19 MB of resident memory (measured: 65 MB of library, 53,000 symbols), also under
// WRITERS__STRATEGY other than local. The library is searched beside the program, then where the
// system looks. Only .cc files of this folder include this header. Thread-safe.

#include <cstdint>

#include <duckdb.h>

#include "base/result.h"

// Every C function in use, without its prefix duckdb_.
// clang-format off
#define RS_DUCKDB_FUNCTIONS(X) \
  X(open_ext) X(close) X(connect) X(interrupt) X(disconnect) X(create_config) X(set_config) \
  X(destroy_config) X(query) X(destroy_result) X(column_name) X(column_logical_type) \
  X(column_count) X(rows_changed) X(result_error) X(result_error_type) X(free) X(prepare) \
  X(destroy_prepare) X(prepare_error) X(nparams) X(prepared_statement_type) X(execute_prepared) \
  X(extract_statements) X(prepare_extracted_statement) X(extract_statements_error) \
  X(destroy_extracted) X(pending_prepared_streaming) X(destroy_pending) X(pending_error) \
  X(execute_pending) X(destroy_value) X(create_hugeint) X(create_uhugeint) X(create_decimal) \
  X(create_date) X(create_time) X(create_time_ns) X(create_time_tz_value) X(create_timestamp) \
  X(create_timestamp_tz) X(create_timestamp_s) X(create_timestamp_ms) X(create_timestamp_ns) \
  X(create_interval) X(create_blob) X(create_uuid) X(get_varchar) X(logical_type_get_alias) \
  X(create_data_chunk) X(get_type_id) X(decimal_width) X(decimal_scale) X(decimal_internal_type) \
  X(enum_internal_type) X(enum_dictionary_size) X(enum_dictionary_value) \
  X(list_type_child_type) X(array_type_child_type) X(array_type_array_size) \
  X(map_type_key_type) X(map_type_value_type) X(struct_type_child_count) \
  X(struct_type_child_name) X(struct_type_child_type) X(union_type_member_count) \
  X(union_type_member_name) X(union_type_member_type) X(destroy_logical_type) \
  X(destroy_data_chunk) X(data_chunk_get_vector) X(data_chunk_get_size) X(data_chunk_set_size) \
  X(vector_get_data) X(vector_get_validity) X(vector_ensure_validity_writable) \
  X(list_vector_get_child) X(list_vector_set_size) X(list_vector_reserve) \
  X(struct_vector_get_child) X(array_vector_get_child) X(create_table_function) \
  X(destroy_table_function) X(table_function_set_name) X(table_function_set_extra_info) \
  X(table_function_set_bind) X(table_function_set_init) X(table_function_set_function) \
  X(register_table_function) X(bind_get_extra_info) X(bind_add_result_column) \
  X(init_set_max_threads) X(function_set_error) X(fetch_chunk) X(library_version)
// clang-format on

namespace rs::duckdb {

struct DuckdbLibrary {
// NOLINTNEXTLINE(bugprone-macro-parentheses)
#define RS_DUCKDB_MEMBER(name) decltype(&::duckdb_##name) name = nullptr;
  RS_DUCKDB_FUNCTIONS(RS_DUCKDB_MEMBER)
#undef RS_DUCKDB_MEMBER
};

// Loads the library once. A failure says where it was looked for, and the next call tries again.
Result<void> load_duckdb();

// Gives back the memory that the library's code took while a store was opened: 27 MB of pages, most
// never needed again. Those that are come back from the system's page cache.
void release_start_pages();

// The loaded library. load_duckdb() must have succeeded before.
const DuckdbLibrary& library();

}  // namespace rs::duckdb
