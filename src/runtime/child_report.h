// How children that compile and evaluate tell of their end, and what holds them to their limits.
#pragma once

#include <sys/resource.h>

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace wws::runtime {

inline constexpr int kBadModuleStatus = 1;
inline constexpr int kNoMeansStatus = 2;  ///< the system lacked something: nothing is said of the module

/// The last words of a child, to its standard error. Returns its exit status.
int complain(std::string_view message, int status = kBadModuleStatus);
int complain(const Error& error);

/// Takes a limit on itself, beyond which the kernel does not let it. False: it cannot be set.
[[nodiscard]] bool limit_cpu(std::uint64_t seconds);
/// Of data, not of reservations; also no core files, which hold what others wrote.
[[nodiscard]] bool limit_memory(std::uint64_t bytes);

}  // namespace wws::runtime
