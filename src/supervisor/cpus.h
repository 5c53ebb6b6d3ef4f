// How many serving processes make sense here, and how much memory all of them have.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace wws::supervisor {

/// CPUs this process may use: its affinity, and the quota of its cgroup rounded up. At least 1.
[[nodiscard]] unsigned usable_cpus(const std::filesystem::path& cgroup_root = "/sys/fs/cgroup",
                                   const std::filesystem::path& own_cgroup = "/proc/self/cgroup");

/// Bytes that the cgroup, or one above it, allows (v2); std::nullopt: it does not say.
[[nodiscard]] std::optional<std::uint64_t> memory_limit(
    const std::filesystem::path& cgroup_root = "/sys/fs/cgroup",
    const std::filesystem::path& own_cgroup = "/proc/self/cgroup");

}  // namespace wws::supervisor
