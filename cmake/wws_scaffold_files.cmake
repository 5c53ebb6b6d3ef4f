# The files that `wws new` writes, compiled into wws_scaffold.
include(wws_template_list)
set(WWS_KIT_LANGUAGES c cpp go js rust ts zig)
set(kit_files)
foreach(language IN LISTS WWS_KIT_LANGUAGES)
  set(kit ${CMAKE_SOURCE_DIR}/kits/${language})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${kit}/template.list)
  list(APPEND kit_files ${kit}/template.list)
  wws_template_list(${kit} sources names)
  list(TRANSFORM sources PREPEND ${kit}/)
  list(APPEND kit_files ${sources})
endforeach()
set(templates ${CMAKE_BINARY_DIR}/scaffold_templates.cc)
list(JOIN WWS_KIT_LANGUAGES "$<SEMICOLON>" languages)
add_custom_command(OUTPUT ${templates}
  COMMAND ${CMAKE_COMMAND} -DKITS=${CMAKE_SOURCE_DIR}/kits "-DLANGUAGES=${languages}" -DOUTPUT=${templates}
          -P ${CMAKE_SOURCE_DIR}/cmake/wws_templates.cmake
  DEPENDS ${kit_files} ${CMAKE_SOURCE_DIR}/cmake/wws_templates.cmake
          ${CMAKE_SOURCE_DIR}/cmake/wws_template_list.cmake
  VERBATIM)
target_sources(wws_scaffold PRIVATE ${templates})
