# libcurl, which the bridge's library contains (bridge/Cargo.toml), and c-ares, both inside the executable: as shared
# libraries they would bring more than thirty others into every process (docs/adr/0017-egress-child.md).
find_library(WWS_CARES libcares.a REQUIRED)
find_path(WWS_CARES_INCLUDE ares.h REQUIRED)
add_library(wws_cares INTERFACE)
target_include_directories(wws_cares SYSTEM INTERFACE ${WWS_CARES_INCLUDE})
target_link_libraries(wws_cares INTERFACE ${WWS_CARES})

add_library(wws_curl INTERFACE)
add_dependencies(wws_curl wws_bridge_headers)
target_include_directories(wws_curl SYSTEM INTERFACE ${CMAKE_BINARY_DIR}/bridge/include)
target_compile_definitions(wws_curl INTERFACE CURL_STATICLIB)
target_link_libraries(wws_curl INTERFACE wws_bridge OpenSSL::SSL OpenSSL::Crypto)
