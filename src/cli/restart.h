// What the supervisor needs of its own process to start its successor (docs/restart.md).
#pragma once

#include <sys/types.h>

#include <functional>

#include "runtime/self_process.h"

namespace wws::cli {

/// This command again: its arguments, by which the program is found as it was, and its environment but for
/// what was for this process alone. To be called before variables are taken from the environment.
[[nodiscard]] runtime::Program this_command_again();

/// What leave_first_process() left behind is told by this who is the server from now on. Empty: there is no
/// such process. Takes the variable that says so from the environment.
[[nodiscard]] std::function<void(pid_t)> first_process_told();

}  // namespace wws::cli
