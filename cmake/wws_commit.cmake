# wws::cli::kCommit (src/cli/build_info.h): what `wws version --verbose` says of the commit. Builds with optimisation ask
# git each time; others would only be linked anew after every commit. Nothing but the sources has an influence on it.
set(WWS_COMMIT "" CACHE STRING "The commit, for sources that are no git checkout")
set(commit_code ${CMAKE_BINARY_DIR}/commit.cc)
set(write_commit ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -DOUTPUT=${commit_code} -DCOMMIT=${WWS_COMMIT}
  -DBUILD_TYPE=${CMAKE_BUILD_TYPE} -P ${CMAKE_SOURCE_DIR}/cmake/wws_write_commit.cmake)
execute_process(COMMAND ${write_commit})
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_custom_target(wws_commit COMMAND ${write_commit} BYPRODUCTS ${commit_code} VERBATIM)
  add_dependencies(wws_cli wws_commit)
endif()
target_sources(wws_cli PRIVATE ${commit_code})
