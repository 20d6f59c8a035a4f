# What a user gets, for the Debian package and the container image alike:
#
#   cmake --install build/release --component program --strip --prefix DIR/usr
#
#   bin/real-streaming       a link to the program
#   lib/real-streaming/      the program with what it looks for beside itself: libduckdb.so, device.db
#   share/doc/real-streaming/third-party/   licences of what is inside it and did not come from Debian

set(home lib/real-streaming)
set(parts ${PROJECT_SOURCE_DIR}/node_modules)

install(TARGETS real-streaming COMPONENT program DESTINATION ${home})
install(PROGRAMS ${PROJECT_BINARY_DIR}/libduckdb.so COMPONENT program DESTINATION ${home})
install(FILES ${PROJECT_BINARY_DIR}/device.db COMPONENT program DESTINATION ${home})
install(CODE [[
  file(MAKE_DIRECTORY $ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/bin)
  file(CREATE_LINK ../lib/real-streaming/real-streaming
       $ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/bin/real-streaming SYMBOLIC)
]] COMPONENT program)

set(licences share/doc/real-streaming/third-party)
install(FILES ${PROJECT_BINARY_DIR}/device.NOTICE.txt COMPONENT program DESTINATION ${licences})
install(FILES ${PROJECT_SOURCE_DIR}/data/public_suffix_list/NOTICE.txt COMPONENT program DESTINATION ${licences}
  RENAME public-suffix-list.NOTICE.txt)
foreach(part duckdb google-proto-files redoc swagger-ui-dist tldts)
  foreach(name LICENSE NOTICE)
    install(FILES ${parts}/${part}/${name} COMPONENT program DESTINATION ${licences} RENAME ${part}.${name} OPTIONAL)
  endforeach()
endforeach()
