#include "supervisor/memory_kills.h"

#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

namespace wws::supervisor {
namespace fs = std::filesystem;
namespace {

/// A line of /proc/self/cgroup is "NUMBER:CONTROLLERS:PATH"; v2's is "0::PATH".
fs::path find_file(const fs::path& cgroups, const fs::path& own_cgroup) {
  std::ifstream stream(own_cgroup);
  for (std::string line; std::getline(stream, line);) {
    const std::size_t path = line.find(":/");
    if (path == std::string::npos) continue;
    const std::string below = line.substr(path + 2);
    const bool is_v1_memory = line.substr(0, path).ends_with(":memory");
    if (!is_v1_memory && !line.starts_with("0::")) continue;
    const fs::path file =
        is_v1_memory ? cgroups / "memory" / below / "memory.oom_control" : cgroups / below / "memory.events";
    std::error_code none;
    if (fs::exists(file, none)) return file;
  }
  return {};
}

}  // namespace

MemoryKills::MemoryKills(fs::path cgroups, const fs::path& own_cgroup)
    : file_(find_file(cgroups, own_cgroup)), taken_(count()) {}

std::uint64_t MemoryKills::count() const {
  std::ifstream stream(file_);
  std::string name;
  std::uint64_t value = 0;
  while (stream >> name >> value) {
    if (name == "oom_kill") return value;
  }
  return 0;
}

bool MemoryKills::take() {
  if (count() <= taken_) return false;
  ++taken_;
  return true;
}

}  // namespace wws::supervisor
