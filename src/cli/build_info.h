// How this program was built.
#pragma once

namespace wws::cli {

/// The commit, and whether there were changes besides; empty: it was not built from a checkout, or for
/// development. CMake writes it (cmake/wws_commit.cmake).
extern const char* const kCommit;

}  // namespace wws::cli
