// The first and the last thing a child does before it touches what others wrote.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"
#include "hardening/policy.h"

namespace wws::hardening {

/// Reads the policy of the child's command line (to_argument()) and becomes whom it names. To be called
/// before anything is opened or read.
[[nodiscard]] Result<Mode> take_policy(std::string_view argument);

// Both are for a process with one thread that has opened all it needs; there is no way back. Mode::kOff: they
// do nothing. Mode::kOn: what the kernel does not have is left out (can_filter() tells the supervisor, which
// says it once); an error is a step that failed although the kernel has it, and the caller says it and goes
// on. Mode::kRequired: any error; the caller ends.

/// For a serving process: no new privileges, no look from outside into its memory, neither standard input nor
/// output, of all files only to read those beneath `project`, and the system calls of Role::kServing.
[[nodiscard]] Result<void> confine_serving_process(Mode mode, const std::filesystem::path& project);

/// For a compile child: the same without any file, and the system calls of Role::kCompiling.
[[nodiscard]] Result<void> confine_compile_child(Mode mode);

}  // namespace wws::hardening
