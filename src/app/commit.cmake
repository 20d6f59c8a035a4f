# Writes OUT, a source file with one function that returns the commit. Run at every build; the file
# changes only when the commit does, so nothing else is compiled again.
#   cmake -DSOURCE=dir -DOUT=file -P commit.cmake
cmake_minimum_required(VERSION 3.25)
# A source tree without its history, as in an image's build, is told by whoever has it.
if(DEFINED ENV{RS_COMMIT} AND NOT "$ENV{RS_COMMIT}" STREQUAL "")
  set(commit $ENV{RS_COMMIT})
else()
  execute_process(
    COMMAND git -c safe.directory=* -C ${SOURCE} describe --always --dirty --tags
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT commit MATCHES "^[A-Za-z0-9._/-]+$")
  set(commit unknown)
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT
"#include \"app/version.h\"

namespace rs::app {
const char* commit() { return \"@commit@\"; }
}  // namespace rs::app
" @ONLY)
