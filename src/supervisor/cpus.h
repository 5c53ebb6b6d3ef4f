// How many serving processes make sense here.
#pragma once

#include <filesystem>

namespace wws::supervisor {

/// CPUs this process may use: its affinity, and the quota of its cgroup rounded up. At least 1.
[[nodiscard]] unsigned usable_cpus(const std::filesystem::path& cgroup_root = "/sys/fs/cgroup",
                                   const std::filesystem::path& own_cgroup = "/proc/self/cgroup");

}  // namespace wws::supervisor
