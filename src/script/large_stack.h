// Work that recurses as deeply as a file of users says.
#pragma once

#include <cstddef>
#include <functional>

#include "base/result.h"

namespace wws::script {

/// Of address space, and of memory only what is touched. 100,000 nested parentheses need less.
constexpr std::size_t kLargeStack = std::size_t{256} << 20;

/// Runs `work` on a stack of kLargeStack, in this thread: a compile child may start no others. Where that
/// overflows, `overflowed` is called in a signal handler: it may do what signal handlers may, and must end
/// the process. Meanwhile the process's handler of SIGSEGV is that one; other faults are passed on to the one
/// before. One at a time in a process. kIo: there is no memory for a stack.
[[nodiscard]] Result<void> on_large_stack(const std::function<void()>& work, void (*overflowed)());

}  // namespace wws::script
