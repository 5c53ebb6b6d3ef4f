#include "hardening/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/file.h"

namespace wws::hardening {
namespace {

constexpr std::uint64_t kReading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;

/// Every kind of access that a version of Landlock can take. Kinds of later versions than the header's are
/// written as numbers (linux/landlock.h).
std::uint64_t all_access(long version) {
  std::uint64_t access = (std::uint64_t{LANDLOCK_ACCESS_FS_MAKE_SYM} << 1) - 1;
  if (version >= 2) access |= std::uint64_t{1} << 13;  // moving to another folder
  if (version >= 3) access |= std::uint64_t{1} << 14;  // truncating
  if (version >= 5) access |= std::uint64_t{1} << 15;  // ioctl of devices
  return access;
}

std::unexpected<Error> failed(const char* what) {
  return fail(ErrorCode::kIo, std::string("Landlock: ") + what + ": " + base::errno_text(errno));
}

}  // namespace

Result<void> allow_reading_beneath(const std::filesystem::path& folder) {
  const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return failed("not to be had");
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = all_access(version);
  // Only what every version has: later fields are taken as zero.
  const base::File rules(static_cast<int>(
      syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0)));
  if (!rules) return failed("no rules");
  const base::File beneath(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!beneath) return failed(folder.c_str());
  landlock_path_beneath_attr rule{};
  rule.allowed_access = kReading;
  rule.parent_fd = beneath.fd();
  if (syscall(SYS_landlock_add_rule, rules.fd(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
    return failed("no rule for the folder");
  }
  if (syscall(SYS_landlock_restrict_self, rules.fd(), 0) != 0) return failed("not accepted");
  return {};
}

}  // namespace wws::hardening
