# DuckDB 1.4 LTS: the header from npm `duckdb`, the library from npm `@duckdb/node-bindings-linux-*`.
#
# include(duckdb) gives
#   duckdb                     an imported target with the header and dlopen; nothing is linked
#   rs_place_duckdb(program)   puts libduckdb.so where `program` looks for it: beside itself
#
# The library is loaded when the first store opens (src/duckdb/library.h says why), so a
# program that never opens one starts without it. The digests below are of version 1.4.4-r.3.

if(TARGET duckdb)
  return()
endif()

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
  set(duckdb_machine x64)
  set(duckdb_digest 1ef33048e12235115ac0d277a0aaccbb560e33248144f488b5ac005cd9ba81b5)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(duckdb_machine arm64)
  set(duckdb_digest c8e20af1e0064bdb7bf79af4d16f17ee8be16803bc98a4df58588bed1301c042)
else()
  message(FATAL_ERROR "DuckDB is published for x86-64 and arm64 only, not for ${CMAKE_SYSTEM_PROCESSOR}")
endif()

set(duckdb_include ${PROJECT_SOURCE_DIR}/node_modules/duckdb/src/duckdb/src/include)
set(duckdb_source
  ${PROJECT_SOURCE_DIR}/node_modules/@duckdb/node-bindings-linux-${duckdb_machine}/libduckdb.so)
foreach(file ${duckdb_include}/duckdb.h ${duckdb_source})
  if(NOT EXISTS ${file})
    message(FATAL_ERROR "${file} is missing: run `npm ci --ignore-scripts` (or ./dev build, which does)")
  endif()
endforeach()
file(SHA256 ${duckdb_source} duckdb_found)
if(NOT duckdb_found STREQUAL duckdb_digest)
  message(FATAL_ERROR "${duckdb_source} has SHA-256 ${duckdb_found}, expected ${duckdb_digest}. "
    "If the version was raised on purpose, change cmake/duckdb.cmake; else delete node_modules and fetch again")
endif()

add_library(duckdb INTERFACE IMPORTED GLOBAL)
target_include_directories(duckdb SYSTEM INTERFACE ${duckdb_include})
target_link_libraries(duckdb INTERFACE ${CMAKE_DL_LIBS})

# The copy that ships: real-streaming is built in the same folder.
file(COPY_FILE ${duckdb_source} ${PROJECT_BINARY_DIR}/libduckdb.so ONLY_IF_DIFFERENT)

function(rs_place_duckdb program)
  get_target_property(folder ${program} RUNTIME_OUTPUT_DIRECTORY)
  if(NOT folder)
    get_target_property(folder ${program} BINARY_DIR)
  endif()
  if(NOT folder STREQUAL PROJECT_BINARY_DIR)
    file(CREATE_LINK ${PROJECT_BINARY_DIR}/libduckdb.so ${folder}/libduckdb.so SYMBOLIC)
  endif()
endfunction()
