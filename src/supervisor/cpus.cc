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

}  // namespace wws::supervisor
