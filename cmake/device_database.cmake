# The device database, device.db: lists of npm node-device-detector, compiled.
#
#   include(device_database)      target device_database: build/PRESET/device.db, beside the program
#
# Every preset shares one result in build/shared, named by a hash of all it is made from; and its compiler is
# a project of its own there, optimised and without sanitizers (tools/device_data/CMakeLists.txt).

if(NOT CMAKE_SCRIPT_MODE_FILE)
  if(TARGET device_database)
    return()
  endif()
  find_program(RS_NODE node REQUIRED)
  set(package ${PROJECT_SOURCE_DIR}/node_modules/node-device-detector)
  if(NOT EXISTS ${package}/package.json)
    message(FATAL_ERROR "${package} is missing: run `npm ci --ignore-scripts` (or ./dev build, which does)")
  endif()
  set(device_source ${PROJECT_SOURCE_DIR}/src/device)
  file(GLOB tools CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tools/device_data/*)
  set(inputs ${tools} ${package}/package.json ${CMAKE_CURRENT_LIST_FILE} ${device_source}/format.h
    ${device_source}/heuristics.h ${device_source}/pattern_codes.cc)
  add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/device.db
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DOUT=${PROJECT_BINARY_DIR} -DNODE=${RS_NODE}
            -DGENERATOR=${CMAKE_GENERATOR} -DLAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}
            -P ${CMAKE_CURRENT_LIST_FILE}
    DEPENDS ${inputs} ${PROJECT_SOURCE_DIR}/data/device/NOTICE.txt
    COMMENT "Device database" VERBATIM)
  add_custom_target(device_database ALL DEPENDS ${PROJECT_BINARY_DIR}/device.db)
  return()
endif()

# Build time.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(code)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\n${text}")
  endif()
endfunction()

set(package ${SOURCE}/node_modules/node-device-detector)
set(shared ${SOURCE}/build/shared)
set(device ${SOURCE}/src/device)
file(GLOB_RECURSE made_from ${package}/regexes/*.js ${package}/parser/*.js ${SOURCE}/tools/device_data/*)
list(APPEND made_from ${package}/package.json ${device}/format.h ${device}/heuristics.h
  ${device}/leading_dots.cc ${device}/pattern_codes.cc)
list(SORT made_from)
set(hashes "")
foreach(file IN LISTS made_from)
  file(SHA256 ${file} hash)
  string(APPEND hashes "${hash}\n")
endforeach()
string(SHA256 key "${hashes}")
string(SUBSTRING ${key} 0 16 key)
set(database ${shared}/device-${key}.db)

file(MAKE_DIRECTORY ${shared})
file(LOCK ${shared}/device.lock GUARD PROCESS)  # Two presets may be built at once.
if(NOT EXISTS ${database})
  set(compiler ${shared}/device_compiler)
  run(${CMAKE_COMMAND} -S ${SOURCE}/tools/device_data -B ${compiler} -G ${GENERATOR} -DCMAKE_BUILD_TYPE=Release
      -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER})
  run(${CMAKE_COMMAND} --build ${compiler})
  run(${NODE} ${SOURCE}/tools/device_data/export.mjs ${package} ${compiler}/lists.json)
  run(${compiler}/device_compiler ${compiler}/lists.json ${database})
endif()
file(REMOVE ${OUT}/device.db)
file(CREATE_LINK ${database} ${OUT}/device.db COPY_ON_ERROR)
file(TOUCH ${OUT}/device.db)
file(COPY_FILE ${SOURCE}/data/device/NOTICE.txt ${OUT}/device.NOTICE.txt)
