# What is generated from proto/event.proto, the one definition of the row.
#
#   rs_generate_row(SOURCES)   # sets SOURCES to the .cc files that rs_row compiles
#   rs_use_generated_row()     # gives rs_row, once it exists, its generated headers
#
# rs_row_proto is the same row as protobuf's own C++ classes, for tests and for who must decode with
# them: #include <event.pb.h>.

find_package(Protobuf REQUIRED)
find_package(fmt REQUIRED)
set(rs_generated_dir ${PROJECT_BINARY_DIR}/generated)

function(rs_generate_row sources)
  set(tool ${PROJECT_SOURCE_DIR}/tools/row_generator)
  add_executable(row_generator ${tool}/main.cc ${tool}/emit_structs.cc ${tool}/emit_encoder.cc
                 ${tool}/emit_columns.cc)
  target_link_libraries(row_generator PRIVATE rs_flags protobuf::libprotobuf fmt::fmt)

  set(out ${rs_generated_dir}/row)
  set(proto ${PROJECT_SOURCE_DIR}/proto)
  file(MAKE_DIRECTORY ${out} ${rs_generated_dir}/proto)
  add_custom_command(
    OUTPUT ${out}/row.h ${out}/fields.cc ${out}/encode.cc ${out}/columns.cc
    COMMAND row_generator ${proto} ${Protobuf_INCLUDE_DIRS} ${out}
    DEPENDS row_generator ${proto}/event.proto VERBATIM)
  set(${sources} ${out}/fields.cc ${out}/encode.cc ${out}/columns.cc PARENT_SCOPE)

  set(pb ${rs_generated_dir}/proto/event.pb)
  add_custom_command(
    OUTPUT ${pb}.h ${pb}.cc
    COMMAND protobuf::protoc -I${proto} --cpp_out=${rs_generated_dir}/proto event.proto
    DEPENDS protobuf::protoc ${proto}/event.proto VERBATIM)
  add_library(rs_row_proto STATIC EXCLUDE_FROM_ALL ${pb}.cc ${pb}.h)
  set_target_properties(rs_row_proto PROPERTIES CXX_CLANG_TIDY "")
  target_include_directories(rs_row_proto SYSTEM PUBLIC ${rs_generated_dir}/proto)
  target_link_libraries(rs_row_proto PUBLIC protobuf::libprotobuf)
endfunction()

function(rs_use_generated_row)
  target_sources(rs_row PUBLIC FILE_SET generated TYPE HEADERS BASE_DIRS ${rs_generated_dir}
                 FILES ${rs_generated_dir}/row/row.h)
endfunction()
