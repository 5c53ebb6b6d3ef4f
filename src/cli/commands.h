// The commands of the program. Each returns its exit status.
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"

namespace wws::cli {

/// Does what the arguments behind the program's name say; mistakes in them are told on standard error.
[[nodiscard]] int run_command(const std::vector<std::string>& arguments);

/// Serves a project until it is told to stop.
[[nodiscard]] int run_serve(const ServeOptions& options);

/// Makes a project in the current folder, and says how to go on.
[[nodiscard]] int run_new(const NewOptions& options);

/// Writes what editors need to know of a project's workers.
[[nodiscard]] int run_types(const TypesOptions& options);

/// Looks at what workers keep in the key-value store, and changes it; also while a server runs.
[[nodiscard]] int run_kv(const KvOptions& options);

/// Asks a running server whether it answers.
[[nodiscard]] int run_health(const HealthOptions& options);

/// Lists routes and problems of a project.
[[nodiscard]] int run_check(const CheckOptions& options);

/// Tells who answers a request, and why.
[[nodiscard]] int run_explain(const ExplainOptions& options);

/// Shows what a running server does, from its admin interface.
[[nodiscard]] int run_top(const TopOptions& options);

/// Prints the version, and with --verbose what a bug report needs.
[[nodiscard]] int run_version(const VersionOptions& options);

// What describes the program, on standard output; one that cannot be written to is an error.
[[nodiscard]] int run_manual(const ManualOptions& options);
[[nodiscard]] int run_completions(const CompletionsOptions& options);
[[nodiscard]] int run_schema(const SchemaOptions& options);

}  // namespace wws::cli
