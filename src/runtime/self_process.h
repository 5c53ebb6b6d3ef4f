// Starting this executable again, as a child with a role of its own.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace wws::runtime {

/// A descriptor of ours and the number it gets in the child.
using PassedDescriptor = std::pair<int, int>;

/// Executes /proc/self/exe with `arguments` (without the program's name). The child has the standard
/// streams and `descriptors`, nothing else: all of ours are close-on-exec, and those that whoever started us
/// left open are closed above the highest number of `descriptors`. Of the environment it gets only what
/// concerns the C library and the sanitizers: not the secrets that workers' [vars] are made of, and not
/// RUST_BACKTRACE, which would make every trap slow.
[[nodiscard]] Result<pid_t> spawn_self(const std::vector<std::string>& arguments,
                                       const std::vector<PassedDescriptor>& descriptors);

/// "exit status 3" or "signal 9 (Killed)", for a status of waitpid.
[[nodiscard]] std::string describe_exit(int status);

}  // namespace wws::runtime
