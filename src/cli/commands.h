// The commands of the program. Each returns its exit status.
#pragma once

#include "cli/options.h"

namespace wws::cli {

/// Serves a project until it is told to stop.
[[nodiscard]] int run_serve(const ServeOptions& options);

/// Lists routes and problems of a project.
[[nodiscard]] int run_check(const CheckOptions& options);

}  // namespace wws::cli
