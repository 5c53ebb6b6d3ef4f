#include "hardening/libraries.h"

#include <fmt/format.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace wws::hardening {

std::string library_versions() {
  const scmp_version* version = seccomp_version();
  return fmt::format("libseccomp/{}.{}.{}", version->major, version->minor, version->micro);
}

int landlock_version() noexcept {
  const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version > 0 ? static_cast<int>(version) : 0;
}

}  // namespace wws::hardening
