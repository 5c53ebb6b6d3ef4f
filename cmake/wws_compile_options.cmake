# One interface target with the flags every part of the project is built with.
add_library(wws_options INTERFACE)
target_compile_options(wws_options INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wimplicit-fallthrough)
if(WWS_WARNINGS_AS_ERRORS)
  target_compile_options(wws_options INTERFACE -Werror)
  # GCC 12 without link-time optimisation sees overlaps in its own std::string (GCC bug 105651): said, but no error.
  target_compile_options(wws_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-error=restrict>)
endif()
target_include_directories(wws_options INTERFACE ${CMAKE_SOURCE_DIR}/src)

if(WWS_SANITIZE)
  # GCC 12 takes the checks that sanitizers add for uses of uninitialised memory (GCC bug 105562).
  target_compile_options(wws_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_compile_options(wws_options INTERFACE -fsanitize=${WWS_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(wws_options INTERFACE -fsanitize=${WWS_SANITIZE})
  if(WWS_SANITIZE MATCHES "thread")
    # Asio's fences are not seen by the sanitizer; our loops have one thread each.
    target_compile_options(wws_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  endif()
  if(WWS_SANITIZE MATCHES "undefined")
    target_compile_options(wws_options INTERFACE -fno-sanitize-recover=undefined)
  endif()
endif()
