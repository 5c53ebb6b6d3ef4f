# WWS_STATIC: an executable with everything in it, which runs on every Linux (docs/adr/0018-static-executable.md), without
# folders of who built it. Included before libraries are looked for, since it says which form is wanted.
#
# Three libraries exist in Debian as shared ones only. wws_fmt, wws_toml and wws_simdjson are what links to them: the
# shared library, or for a static executable their headers, and simdjson's source (scripts/setup packaging).
option(WWS_STATIC "An executable without shared libraries" OFF)

if(WWS_STATIC)
  set(OPENSSL_USE_STATIC_LIBS ON)
  set(Boost_USE_STATIC_LIBS ON)
endif()

function(wws_find_dual_libraries)
  add_library(wws_fmt INTERFACE)
  add_library(wws_toml INTERFACE)
  if(NOT WWS_STATIC)
    target_link_libraries(wws_fmt INTERFACE fmt::fmt)
    target_link_libraries(wws_toml INTERFACE tomlplusplus::tomlplusplus)
    add_library(wws_simdjson INTERFACE)
    target_link_libraries(wws_simdjson INTERFACE simdjson::simdjson)
    return()
  endif()
  target_link_libraries(wws_fmt INTERFACE fmt::fmt-header-only)
  target_compile_definitions(wws_toml INTERFACE TOML_HEADER_ONLY=1)
  if(DEFINED ENV{XDG_CACHE_HOME})
    set(cache $ENV{XDG_CACHE_HOME})
  else()
    set(cache $ENV{HOME}/.cache)
  endif()
  set(source ${cache}/wws-build/simdjson-${simdjson_VERSION}/simdjson.cpp)
  if(NOT EXISTS ${source})
    message(FATAL_ERROR "no ${source}: run scripts/setup packaging")
  endif()
  add_library(wws_simdjson STATIC ${source})
  target_compile_options(wws_simdjson PRIVATE -w -ffile-prefix-map=${cache}=cache -frandom-seed=simdjson)
endfunction()

# What says where or when something was compiled stays out of it. Each source's seed is its own name.
function(wws_reproducible target)
  if(NOT WWS_STATIC)
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    get_filename_component(path ${source} ABSOLUTE BASE_DIR ${CMAKE_SOURCE_DIR})
    file(RELATIVE_PATH name ${CMAKE_SOURCE_DIR} ${path})
    set_property(SOURCE ${source} APPEND PROPERTY COMPILE_OPTIONS -frandom-seed=${name})
  endforeach()
endfunction()

if(WWS_STATIC)
  # Of two that fit, the compiler takes the later one.
  set(prefix_maps -ffile-prefix-map=${CMAKE_SOURCE_DIR}=. -ffile-prefix-map=${CMAKE_BINARY_DIR}=build)
  add_compile_options(${prefix_maps})
  add_link_options(${prefix_maps})
endif()

# wws_static_executable(TARGET): position-independent all the same, and read-only where relocations were.
function(wws_static_executable target)
  if(WWS_STATIC)
    wws_reproducible(${target})
    # One linker, whichever is this system's: another gives other bytes, and a map that packaging/ does not read.
    target_link_options(${target} PRIVATE -static-pie -fuse-ld=bfd -frandom-seed=${target}
      -Wl,-z,relro,-z,now -Wl,--build-id=sha1 -Wl,-Map=${CMAKE_BINARY_DIR}/${target}.map)
  endif()
endfunction()
