# src/kv/redis_functions.lua, compiled into wws_kv as wws::kv::kRedisFunctions.
set(functions_source ${CMAKE_SOURCE_DIR}/src/kv/redis_functions.lua)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${functions_source})
file(READ ${functions_source} functions_text)
set(functions_code ${CMAKE_BINARY_DIR}/redis_functions.cc)
file(CONFIGURE OUTPUT ${functions_code} @ONLY CONTENT [==[
#include "kv/redis_functions.h"

const std::string_view wws::kv::kRedisFunctions = R"lua(@functions_text@)lua";
]==])
target_sources(wws_kv PRIVATE ${functions_code})
