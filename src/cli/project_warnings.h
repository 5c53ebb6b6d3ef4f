// What is odd about a project as a whole.
#pragma once

#include "config/diagnostics.h"
#include "runtime/project.h"

namespace wws::cli {

/// Neither a worker nor a folder public/: probably the wrong PATH, and every answer will be 404.
void warn_of_nothing_to_serve(const runtime::Project& project, config::Diagnostics& diagnostics);

}  // namespace wws::cli
