# wws::cli::kCommit (src/cli/build_info.h): what `wws version --verbose` says of the commit. All but debug builds,
# which would only be linked anew after every commit, ask git each time. Nothing but the sources has an influence on it.
set(WWS_COMMIT "" CACHE STRING "The commit, for sources that are no git checkout")
set(commit_code ${CMAKE_BINARY_DIR}/commit.cc)
set(asks_git OFF)
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  set(asks_git ON)
endif()
set(write_commit ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -DOUTPUT=${commit_code} -DCOMMIT=${WWS_COMMIT}
  -DASKS_GIT=${asks_git} -P ${CMAKE_SOURCE_DIR}/cmake/wws_write_commit.cmake)
execute_process(COMMAND ${write_commit})
if(asks_git)
  add_custom_target(wws_commit COMMAND ${write_commit} BYPRODUCTS ${commit_code} VERBATIM)
  add_dependencies(wws_cli wws_commit)
endif()
target_sources(wws_cli PRIVATE ${commit_code})
