# Writes the source file with the commit, if it is another one than there.
#
#   cmake -DSOURCE=FOLDER -DOUTPUT=FILE -DCOMMIT=TEXT -DASKS_GIT=ON|OFF -P wws_write_commit.cmake
set(commit "${COMMIT}")
if(commit STREQUAL "" AND ASKS_GIT)
  # Sources without a repository of their own may lie in somebody else's.
  execute_process(COMMAND git -C ${SOURCE} rev-parse --show-prefix HEAD
    OUTPUT_VARIABLE answer ERROR_QUIET RESULT_VARIABLE status)
  if(status EQUAL 0 AND answer MATCHES "^\n([0-9a-f]+)\n$")
    set(commit ${CMAKE_MATCH_1})
    execute_process(COMMAND git -C ${SOURCE} --no-optional-locks diff-index --quiet HEAD -- ERROR_QUIET RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
      string(APPEND commit " and changes")
    endif()
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [==[
#include "cli/build_info.h"

const char* const wws::cli::kCommit = "@commit@";
]==])
