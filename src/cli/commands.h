// The commands of the program. Each returns its exit status.
#pragma once

#include "cli/options.h"

namespace wws::cli {

/// Serves a project until it is told to stop.
[[nodiscard]] int run_serve(const ServeOptions& options);

/// Makes a project in the current folder, and says how to go on.
[[nodiscard]] int run_new(const NewOptions& options);

/// Looks at what workers keep in the key-value store, and changes it; also while a server runs.
[[nodiscard]] int run_kv(const KvOptions& options);

/// Asks a running server whether it answers.
[[nodiscard]] int run_health(const HealthOptions& options);

/// Lists routes and problems of a project.
[[nodiscard]] int run_check(const CheckOptions& options);

}  // namespace wws::cli
