# libwws_bridge.a: the Rust sides of src/wasm, src/kv and src/script. bridge/build runs cargo, whose target directory is in the
# user's cache, so that a second checkout does not compile Wasmtime again.
set(bridge_variant release)
if(WWS_SANITIZE MATCHES "address")
  set(bridge_variant asan)
endif()
set(bridge_environment)
if(CMAKE_CROSSCOMPILING)
  # Debian's Rust, whose library for the other architecture is among those in the sysroot.
  set(bridge_environment WWS_RUST_TARGET=${CMAKE_SYSTEM_PROCESSOR}-unknown-linux-gnu WWS_ROOT=${CMAKE_SYSROOT}
      WWS_CARGO=/usr/bin/cargo RUSTC=/usr/bin/rustc)
endif()
set(bridge_library ${CMAKE_BINARY_DIR}/bridge/libwws_bridge.a)
file(GLOB_RECURSE bridge_sources CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/bridge/src/*.rs ${CMAKE_SOURCE_DIR}/bridge/redis/*.rs ${CMAKE_SOURCE_DIR}/bridge/redis/Cargo.toml
  ${CMAKE_SOURCE_DIR}/bridge/typescript/src/* ${CMAKE_SOURCE_DIR}/bridge/typescript/Cargo.toml
  ${CMAKE_SOURCE_DIR}/bridge/patches/*.patch)
add_custom_command(
  OUTPUT ${bridge_library}
  COMMAND ${CMAKE_COMMAND} -E env ${bridge_environment}
          ${CMAKE_SOURCE_DIR}/bridge/build ${bridge_library} ${bridge_variant}
  COMMAND ${CMAKE_COMMAND} -E touch ${bridge_library}
  DEPENDS ${bridge_sources} ${CMAKE_SOURCE_DIR}/bridge/build ${CMAKE_SOURCE_DIR}/bridge/Cargo.toml
          ${CMAKE_SOURCE_DIR}/bridge/Cargo.lock ${CMAKE_SOURCE_DIR}/scripts/rustc_without_paths
  COMMENT "Building the bridge with cargo"
  USES_TERMINAL
  VERBATIM)
add_custom_target(wws_bridge_build DEPENDS ${bridge_library})

# libcurl's headers on their own: what includes them need not wait until all of the library is there.
set(bridge_curl_header ${CMAKE_BINARY_DIR}/bridge/include/curl/curl.h)
add_custom_command(
  OUTPUT ${bridge_curl_header}
  COMMAND ${CMAKE_COMMAND} -E env ${bridge_environment}
          ${CMAKE_SOURCE_DIR}/bridge/build headers ${CMAKE_BINARY_DIR}/bridge/include
  COMMAND ${CMAKE_COMMAND} -E touch ${bridge_curl_header}
  DEPENDS ${CMAKE_SOURCE_DIR}/bridge/build ${CMAKE_SOURCE_DIR}/bridge/Cargo.lock
  COMMENT "Copying libcurl's headers"
  VERBATIM)
add_custom_target(wws_bridge_headers DEPENDS ${bridge_curl_header})

# Only what is linked with it waits for it: a path, and no dependency between targets, by which compilations would wait too.
add_library(wws_bridge INTERFACE)
target_include_directories(wws_bridge INTERFACE ${CMAKE_SOURCE_DIR}/bridge/include)
# libcurl in it asks for OpenSSL, which has to stand behind it where static libraries are taken in their order: that CMake
# knows of imported libraries, and not of paths.
add_library(wws_bridge_file STATIC IMPORTED)
set_target_properties(wws_bridge_file PROPERTIES IMPORTED_LOCATION ${bridge_library}
  INTERFACE_LINK_LIBRARIES "OpenSSL::SSL;OpenSSL::Crypto;dl;m")
target_link_libraries(wws_bridge INTERFACE wws_bridge_file)
