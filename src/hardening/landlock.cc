#include "hardening/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "base/file.h"

namespace wws::hardening {
namespace {

constexpr std::uint64_t kReading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;

constexpr std::uint64_t kMoving = std::uint64_t{1} << 13;  // to another folder
constexpr std::uint64_t kTruncating = std::uint64_t{1} << 14;
constexpr std::uint64_t kDevices = std::uint64_t{1} << 15;  // ioctl
constexpr std::uint64_t kWriting = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                   LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                   LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM | kMoving |
                                   kTruncating;

/// Every kind of access that a version of Landlock can take. Kinds of later versions than the header's are
/// written as numbers (linux/landlock.h).
std::uint64_t all_access(long version) {
  std::uint64_t access = (std::uint64_t{LANDLOCK_ACCESS_FS_MAKE_SYM} << 1) - 1;
  if (version >= 2) access |= kMoving;
  if (version >= 3) access |= kTruncating;
  if (version >= 5) access |= kDevices;
  return access;
}

std::unexpected<Error> failed(const char* what) {
  return fail(ErrorCode::kIo, std::string("Landlock: ") + what + ": " + base::errno_text(errno));
}

std::uint64_t access_for(Rights rights, std::uint64_t all) noexcept {
  return rights == Rights::kRead ? kReading : (kReading | kWriting) & all;
}

long version_of_kernel() {
  return syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

Result<void> allow(int rules, const std::filesystem::path& folder, std::uint64_t access) {
  const base::File beneath(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!beneath) return failed(folder.c_str());
  landlock_path_beneath_attr rule{};
  rule.allowed_access = access;
  rule.parent_fd = beneath.fd();
  if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
    return failed("no rule for the folder");
  return {};
}

}  // namespace

Result<void> can_limit_files() {
  if (version_of_kernel() < 1) return failed("this kernel does not limit file access");
  return {};
}

Result<void> limit_files(std::span<const FolderRights> folders, const FolderPaths& paths) {
  const long version = version_of_kernel();
  if (version < 1) return failed("this kernel does not limit file access");
  const std::uint64_t all = all_access(version);
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = all;
  // Only what every version has: later fields are taken as zero.
  const base::File rules(static_cast<int>(
      syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0)));
  if (!rules) return failed("no rules");
  for (const FolderRights& one : folders) {
    const std::uint64_t access = access_for(one.rights, all);
    const std::filesystem::path& folder = paths.of(one.folder);
    std::error_code none;
    if (one.folder == Folder::kPublic && !std::filesystem::exists(folder, none)) continue;
    if (auto allowed = allow(rules.fd(), folder, access); !allowed) return allowed;
  }
  for (const MountedFolder& mounted : paths.mounted) {
    std::error_code none;
    if (!std::filesystem::is_directory(mounted.path, none)) continue;
    if (auto allowed = allow(rules.fd(), mounted.path, access_for(mounted.rights, all)); !allowed)
      return allowed;
  }
  if (syscall(SYS_landlock_restrict_self, rules.fd(), 0) != 0) return failed("not accepted");
  return {};
}

}  // namespace wws::hardening
