#include "supervisor/cpus.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <string>

namespace wws::supervisor {
namespace fs = std::filesystem;
namespace {

unsigned affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<unsigned>(std::max(CPU_COUNT(&set), 1));
}

/// `cpu.max` of cgroup v2: "QUOTA PERIOD", or "max PERIOD" for none.
unsigned quota(const fs::path& file) {
  constexpr unsigned kNone = std::numeric_limits<unsigned>::max();
  std::ifstream stream(file);
  double quota = 0;
  double period = 0;
  if (!(stream >> quota >> period) || quota <= 0 || period <= 0) return kNone;
  return static_cast<unsigned>(std::max(std::ceil(quota / period), 1.0));
}

/// The path of our cgroup in the v2 hierarchy: the line "0::/path".
fs::path cgroup_path(const fs::path& own_cgroup) {
  std::ifstream stream(own_cgroup);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("0::/")) return line.substr(4);
  }
  return {};
}

}  // namespace

unsigned usable_cpus(const fs::path& cgroup_root, const fs::path& own_cgroup) {
  unsigned cpus = affinity();
  // A quota holds for all below it: look at every level up to the root.
  for (fs::path path = cgroup_path(own_cgroup);; path = path.parent_path()) {
    cpus = std::min(cpus, quota(cgroup_root / path / "cpu.max"));
    if (path.empty()) return cpus;
  }
}

std::optional<std::uint64_t> memory_limit(const fs::path& cgroup_root, const fs::path& own_cgroup) {
  std::optional<std::uint64_t> least;
  for (fs::path path = cgroup_path(own_cgroup);; path = path.parent_path()) {
    std::ifstream stream(cgroup_root / path / "memory.max");
    std::uint64_t bytes = 0;  // the word "max" is none
    if (stream >> bytes) least = std::min(least.value_or(bytes), bytes);
    if (path.empty()) return least;
  }
}

}  // namespace wws::supervisor
