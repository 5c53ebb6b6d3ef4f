# The files that `wws new` writes, compiled into wws_scaffold.
set(WWS_KIT_LANGUAGES c cpp go rust zig)
set(kit_files)
foreach(language IN LISTS WWS_KIT_LANGUAGES)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kits/${language}/*)
  list(APPEND kit_files ${files})
endforeach()
set(templates ${CMAKE_BINARY_DIR}/scaffold_templates.cc)
list(JOIN WWS_KIT_LANGUAGES "$<SEMICOLON>" languages)
add_custom_command(OUTPUT ${templates}
  COMMAND ${CMAKE_COMMAND} -DKITS=${CMAKE_SOURCE_DIR}/kits "-DLANGUAGES=${languages}" -DOUTPUT=${templates}
          -P ${CMAKE_SOURCE_DIR}/cmake/wws_templates.cmake
  DEPENDS ${kit_files} ${CMAKE_SOURCE_DIR}/cmake/wws_templates.cmake
  VERBATIM)
target_sources(wws_scaffold PRIVATE ${templates})
