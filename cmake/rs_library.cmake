# One call per folder of src/: what is in it, and what it may use.
#
#   rs_library(delivery
#     HEADERS  delivery.h             # each must compile on its own
#     SOURCES  delivery.cc
#     TESTS    delivery_test.cc       # beside the code, in one binary per folder
#     DEPS     base row sink          # the only folders it may #include
#     TEST_DEPS query                 # folders that only its tests #include; they may be higher
#     PUBLIC   SomePackage::lib       # outside libraries its headers name
#     PRIVATE  SomePackage::lib       # outside libraries only its .cc files use
#     TEST_PRIVATE SomePackage::lib)  # outside libraries only its tests use

find_package(Threads REQUIRED)
if(BUILD_TESTING)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

add_library(rs_flags INTERFACE)
target_compile_features(rs_flags INTERFACE cxx_std_20)
target_compile_options(rs_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow
  $<$<BOOL:${RS_WERROR}>:-Werror> $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>)
target_link_libraries(rs_flags INTERFACE Threads::Threads)

function(rs_library name)
  cmake_parse_arguments(ARG "" "" "HEADERS;SOURCES;TESTS;DEPS;TEST_DEPS;PUBLIC;PRIVATE;TEST_PRIVATE" ${ARGN})
  set(lib rs_${name})
  set(links "")
  foreach(dep IN LISTS ARG_DEPS)
    if(NOT TARGET rs_${dep})
      message(FATAL_ERROR "src/${name} may not depend on src/${dep}: it is a higher layer")
    endif()
    list(APPEND links rs_${dep})
  endforeach()

  set(kind PUBLIC)
  if(ARG_SOURCES)
    add_library(${lib} STATIC ${ARG_SOURCES})
  else()
    add_library(${lib} INTERFACE)
    set(kind INTERFACE)
  endif()
  target_sources(${lib} ${kind} FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${ARG_HEADERS})
  target_link_libraries(${lib} ${kind} rs_flags ${links} ${ARG_PUBLIC})
  if(ARG_PRIVATE)
    target_link_libraries(${lib} PRIVATE ${ARG_PRIVATE})
  endif()
  set_property(GLOBAL APPEND_STRING PROPERTY RS_LAYERS "${name}:${ARG_DEPS}:${ARG_TEST_DEPS}\n")

  if(BUILD_TESTING AND ARG_TESTS)
    add_executable(${name}_test ${ARG_TESTS})
    list(TRANSFORM ARG_TEST_DEPS PREPEND rs_)
    target_link_libraries(${name}_test PRIVATE ${lib} ${ARG_TEST_DEPS} GTest::gmock GTest::gtest_main ${ARG_TEST_PRIVATE})
    target_compile_definitions(${name}_test PRIVATE RS_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    gtest_discover_tests(${name}_test PROPERTIES LABELS ${name} DISCOVERY_TIMEOUT 60)
  endif()
endfunction()

# Adds the test `tree`, which reads the DEPS declared above.
function(rs_add_tree_check)
  get_property(layers GLOBAL PROPERTY RS_LAYERS)
  file(WRITE ${PROJECT_BINARY_DIR}/layers.txt "${layers}")
  if(BUILD_TESTING)
    add_test(NAME tree COMMAND ${PROJECT_SOURCE_DIR}/tools/check_tree.py
             ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/layers.txt)
  endif()
endfunction()
