// Starting this executable again, as a child with a role of its own.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "runtime/child_process.h"

namespace wws::runtime {

/// A descriptor of ours and the number it gets in the child.
using PassedDescriptor = std::pair<int, int>;

/// Executes /proc/self/exe with `arguments` (without the program's name). The child has the standard
/// streams and `descriptors`, nothing else: all of ours are close-on-exec, and those that whoever started us
/// left open are closed above the highest number of `descriptors`. Of the environment it gets only what
/// concerns the C library and the sanitizers: not the secrets that workers' [vars] are made of, and not
/// RUST_BACKTRACE, which would make every trap slow. The signals of ignore_stop_signals() wait until it is
/// called.
[[nodiscard]] Result<ChildProcess> spawn_self(const std::vector<std::string>& arguments,
                                              const std::vector<PassedDescriptor>& descriptors);

/// Another program, which is no child of ours in what it does: it has all of an environment, and no signals
/// that wait.
struct Program {
  std::vector<std::string> arguments;    ///< the first is its path, or a name that PATH finds
  std::vector<std::string> environment;  ///< NAME=value
};
/// Executes it with the standard streams and `descriptors`, as spawn_self() does. kIo: it cannot be.
[[nodiscard]] Result<ChildProcess> spawn_program(const Program& program,
                                                 const std::vector<PassedDescriptor>& descriptors);

/// The first thing that such a child does: signals that a terminal, a service manager or
/// timeout(1) sends to all of a process group, are for the supervisor. It tells its children what to do.
void ignore_stop_signals() noexcept;

/// For a child whom nobody tells: the kernel kills it when its parent ends. To be called after it became
/// another user, which takes the wish back. `to_parent` is a pipe whose other end only the parent has: false
/// if that is gone already.
[[nodiscard]] bool end_with_parent(int to_parent) noexcept;

}  // namespace wws::runtime
