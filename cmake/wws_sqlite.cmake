# wws_sqlite: SQLite, linked statically, so that `wws` is one file (docs/adr/0013-kv-store.md).
find_path(WWS_SQLITE_INCLUDE sqlite3.h REQUIRED)
find_library(WWS_SQLITE_LIBRARY libsqlite3.a REQUIRED)
add_library(wws_sqlite STATIC IMPORTED)
set_target_properties(wws_sqlite PROPERTIES
  IMPORTED_LOCATION ${WWS_SQLITE_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${WWS_SQLITE_INCLUDE})
find_package(Threads REQUIRED)
target_link_libraries(wws_sqlite INTERFACE Threads::Threads m ${CMAKE_DL_LIBS})
