// Which system calls a process may make from now on (seccomp).
#pragma once

#include "base/result.h"

namespace wws::hardening {

/// Whether the kernel filters system calls for us; an error says why not.
[[nodiscard]] Result<void> can_filter();

/// What the process is for decides what it may call.
enum class Role {
  kServing,    ///< serves on sockets it has, opens files beneath a folder it has, maps code it is sent
  kCompiling,  ///< reads and writes descriptors it has
};

/// Installs the list of `role` for this thread and all it starts, for good. A call that is on no list fails
/// with EPERM, so that a library that tries one copes; one that only an attacker makes in such a process
/// ends the process.
[[nodiscard]] Result<void> filter_system_calls(Role role);

}  // namespace wws::hardening
