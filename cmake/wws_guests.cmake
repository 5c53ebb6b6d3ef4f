# Guests for unit tests: tests/guests/wat/*.wat, one behaviour each, assembled by wat2wasm (package wabt).
# Only test programs depend on them: the server builds without.
file(GLOB wat_guests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/guests/wat/*.wat)
find_program(WWS_WAT2WASM wat2wasm)
if(NOT WWS_WAT2WASM)
  set(WWS_WAT2WASM wat2wasm)  # building a test then fails with this name; scripts/setup installs it
endif()
set(WWS_WAT_GUESTS_DIR ${CMAKE_BINARY_DIR}/guests/wat)
file(MAKE_DIRECTORY ${WWS_WAT_GUESTS_DIR})
set(wat_modules)
foreach(source IN LISTS wat_guests)
  get_filename_component(guest ${source} NAME_WE)
  set(module ${WWS_WAT_GUESTS_DIR}/${guest}.wasm)
  add_custom_command(
    OUTPUT ${module}
    COMMAND ${WWS_WAT2WASM} ${source} -o ${module}
    DEPENDS ${source}
    VERBATIM)
  list(APPEND wat_modules ${module})
endforeach()
add_custom_target(wws_wat_guests DEPENDS ${wat_modules})
