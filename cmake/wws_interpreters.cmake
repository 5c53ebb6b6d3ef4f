# wws_interpreters: the engines of interpreters/ as modules inside of the executable. interpreters/js/build compiles with
# Zig, whose output is the same on every machine; what it compiles of others' stays in the user's cache.
set(javascript_engine ${CMAKE_BINARY_DIR}/interpreters/js.wasm)
file(GLOB javascript_sources CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/interpreters/js/src/* ${CMAKE_SOURCE_DIR}/interpreters/js/src/web/*.js
  ${CMAKE_SOURCE_DIR}/interpreters/js/node/*
  ${CMAKE_SOURCE_DIR}/interpreters/js/patches/*.patch)
list(FILTER javascript_sources EXCLUDE REGEX "/src/web$")
add_custom_command(
  OUTPUT ${javascript_engine}
  COMMAND ${CMAKE_SOURCE_DIR}/interpreters/js/build ${javascript_engine}
  DEPENDS ${javascript_sources} ${CMAKE_SOURCE_DIR}/interpreters/js/build
          ${CMAKE_SOURCE_DIR}/interpreters/js/make_encodings.mjs ${CMAKE_SOURCE_DIR}/interpreters/js/make_time_zones.mjs
          ${CMAKE_SOURCE_DIR}/interpreters/js/upstream/Cargo.lock
          ${CMAKE_SOURCE_DIR}/interpreters/js/upstream/package-lock.json ${CMAKE_SOURCE_DIR}/kits/c/wws_v1.h
  COMMENT "Building the JavaScript engine with Zig"
  VERBATIM)
set(interpreters_source ${CMAKE_SOURCE_DIR}/interpreters/interpreters.cc)
# Optimisation at link time would part the assembler's labels from who names them.
set_source_files_properties(${interpreters_source} PROPERTIES
  OBJECT_DEPENDS ${javascript_engine}
  COMPILE_OPTIONS -fno-lto
  COMPILE_DEFINITIONS WWS_JAVASCRIPT_ENGINE="${javascript_engine}")
add_library(wws_interpreters STATIC ${interpreters_source} ${javascript_engine})
target_link_libraries(wws_interpreters PUBLIC wws_options)
target_include_directories(wws_interpreters PUBLIC ${CMAKE_SOURCE_DIR})
wws_reproducible(wws_interpreters)
