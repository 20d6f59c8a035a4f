# Google's own messages and services, generated at build from npm `google-proto-files`.
#
#   include(google_stubs)
#   target_link_libraries(mine PRIVATE google_stubs)
#   #include <google/cloud/bigquery/storage/v1/storage.grpc.pb.h>
#   #include <google/pubsub/v1/pubsub.grpc.pb.h>
#   #include <google/logging/v2/logging.grpc.pb.h>
#   #include <google/rpc/status.pb.h>
#
# One static library, compiled once for each preset and always optimised: it is not ours to step
# through, and unoptimised protobuf makes every test slow. The headers are heavy (a second or more
# to parse): name them in .cc files only. -I of Debian's protobuf goes first, because the npm
# package brings newer google/protobuf/*.proto than this protoc knows.

if(TARGET google_stubs)
  return()
endif()

find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)

set(google_protos ${PROJECT_SOURCE_DIR}/node_modules/google-proto-files)
if(NOT EXISTS ${google_protos}/google/pubsub/v1/pubsub.proto)
  message(FATAL_ERROR "${google_protos} is missing: run `npm ci --ignore-scripts` (or ./dev build, which does)")
endif()

set(google_services
  google/cloud/bigquery/storage/v1/storage google/pubsub/v1/pubsub google/logging/v2/logging)
set(google_messages
  google/cloud/bigquery/storage/v1/annotations google/cloud/bigquery/storage/v1/arrow
  google/cloud/bigquery/storage/v1/avro
  google/cloud/bigquery/storage/v1/protobuf google/cloud/bigquery/storage/v1/stream
  google/cloud/bigquery/storage/v1/table
  google/pubsub/v1/schema
  google/logging/v2/log_entry google/logging/type/http_request google/logging/type/log_severity
  google/api/annotations google/api/http google/api/client google/api/launch_stage
  google/api/field_behavior google/api/resource google/api/monitored_resource google/api/label
  google/rpc/status)

set(google_stubs_dir ${PROJECT_BINARY_DIR}/generated/google_stubs)
set(google_stubs_inputs "")
set(google_stubs_outputs "")
foreach(name IN LISTS google_services google_messages)
  list(APPEND google_stubs_inputs ${google_protos}/${name}.proto)
  list(APPEND google_stubs_outputs ${google_stubs_dir}/${name}.pb.cc ${google_stubs_dir}/${name}.pb.h)
endforeach()
set(google_stubs_sources ${google_stubs_outputs})
foreach(name IN LISTS google_services)
  list(APPEND google_stubs_sources ${google_stubs_dir}/${name}.grpc.pb.cc ${google_stubs_dir}/${name}.grpc.pb.h)
endforeach()

file(MAKE_DIRECTORY ${google_stubs_dir})
list(GET Protobuf_INCLUDE_DIRS 0 google_stubs_protobuf)
set(google_stubs_protoc protobuf::protoc -I${google_stubs_protobuf} -I${google_protos})
list(TRANSFORM google_services APPEND .proto OUTPUT_VARIABLE google_service_files)
list(TRANSFORM google_messages APPEND .proto OUTPUT_VARIABLE google_message_files)
add_custom_command(
  OUTPUT ${google_stubs_sources}
  COMMAND ${google_stubs_protoc} --cpp_out=${google_stubs_dir} ${google_service_files} ${google_message_files}
  COMMAND ${google_stubs_protoc} --grpc_out=${google_stubs_dir}
          --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin> ${google_service_files}
  DEPENDS ${google_stubs_inputs}
  COMMENT "Generating Google's stubs" VERBATIM)

add_library(google_stubs STATIC EXCLUDE_FROM_ALL ${google_stubs_sources})
target_include_directories(google_stubs SYSTEM PUBLIC ${google_stubs_dir})
# gRPC's headers bring abseil's old macros GUARDED_BY and REQUIRES, which are ours too (base/mutex.h).
# Its include guard keeps them out; abseil itself uses only those that begin with ABSL_.
target_compile_definitions(google_stubs INTERFACE ABSL_BASE_INTERNAL_THREAD_ANNOTATIONS_H_)
target_compile_features(google_stubs PUBLIC cxx_std_20)
target_compile_options(google_stubs PRIVATE -w -O2)
target_link_libraries(google_stubs PUBLIC gRPC::grpc++ protobuf::libprotobuf)
set_target_properties(google_stubs PROPERTIES CXX_CLANG_TIDY "" INTERPROCEDURAL_OPTIMIZATION OFF
                      EXPORT_COMPILE_COMMANDS OFF)
