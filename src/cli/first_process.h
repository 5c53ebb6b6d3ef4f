// The first process of a container.
#pragma once

namespace wws::cli {

/// Set for the child.
inline constexpr const char* kFirstProcessVariable = "WWS_FIRST_PROCESS";
/// By which the child says, with a number as its value, that this process is the server from now on.
[[nodiscard]] int new_server_signal();

/// Where this process is the first of its PID namespace (as in a container), goes on in a child of it, and
/// leaves behind a process that does no more than a first one has to: it passes signals on, of which the
/// kernel gives a first process only those that it handles; it waits for whatever processes it inherits; and
/// it ends with the child, as the child did; or with
/// the process that the child named as its successor. Elsewhere, or when no process can be made, returns at
/// once and changes nothing. To be called before there are threads.
void leave_first_process();

}  // namespace wws::cli
