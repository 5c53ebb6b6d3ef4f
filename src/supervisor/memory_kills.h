// Whether the kernel killed a process of ours because memory ran out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace wws::supervisor {

/// The count of processes that the kernel's out-of-memory killer ended in our cgroup: `memory.events` of
/// cgroup v2, `memory.oom_control` of v1. SIGKILL alone does not say who sent it.
class MemoryKills {
 public:
  explicit MemoryKills(std::filesystem::path cgroups = "/sys/fs/cgroup",
                       const std::filesystem::path& own_cgroup = "/proc/self/cgroup");

  /// True once for each kill since this was made. False: there was none, or the system does not tell.
  [[nodiscard]] bool take();

 private:
  [[nodiscard]] std::uint64_t count() const;

  std::filesystem::path file_;  ///< empty: the system does not tell
  std::uint64_t taken_ = 0;
};

}  // namespace wws::supervisor
