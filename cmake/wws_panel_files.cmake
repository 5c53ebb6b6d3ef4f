# wws_panel: the files of panel/ in the executable (src/panel).
file(GLOB panel_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/panel/*)
# Optimisation at link time would part the assembler's labels from who names them.
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/panel/panel.cc PROPERTIES
  OBJECT_DEPENDS "${panel_files}"
  COMPILE_OPTIONS -fno-lto
  COMPILE_DEFINITIONS WWS_PANEL_FOLDER="${CMAKE_SOURCE_DIR}/panel")
wws_library(panel)
