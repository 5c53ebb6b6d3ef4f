#include "hardening/identity.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>

#include "base/file.h"

namespace wws::hardening {
namespace {

/// Exit status of the child of check_access() when it could not become the user.
constexpr int kNotBecome = 255;

std::optional<unsigned> to_number(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  // The largest number means "leave it as it is" to the kernel.
  if (error != std::errc() || end != text.data() + text.size() || number == ~0U) return std::nullopt;
  return number;
}

std::unexpected<Error> unknown(std::string_view what, std::string_view name) {
  return fail(ErrorCode::kBadUsage, fmt::format("--user: there is no {} \"{}\"", what, name));
}

Result<gid_t> find_group(const std::string& name) {
  if (const group* found = getgrnam(name.c_str())) return found->gr_gid;
  if (const auto number = to_number(name)) return *number;
  return unknown("group", name);
}

std::unexpected<Error> cannot(const Identity& identity, std::string_view why) {
  return fail(ErrorCode::kIo,
              fmt::format("cannot become user {} of group {}: {}", identity.user, identity.group, why));
}

}  // namespace

Result<Identity> find_identity(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  const auto number = to_number(name);
  const passwd* found = getpwnam(name.c_str());
  if (found == nullptr && number) found = getpwuid(*number);
  if (found == nullptr && !number) return unknown("user", name);
  Identity identity{found != nullptr ? found->pw_uid : *number, found != nullptr ? found->pw_gid : 0};
  if (identity.user == 0) {
    return fail(ErrorCode::kBadUsage,
                fmt::format("--user: \"{}\" is the superuser; name a user with fewer rights", name));
  }
  if (colon != std::string::npos) {
    auto group = find_group(text.substr(colon + 1));
    if (!group) return fail(group);
    identity.group = *group;
  } else if (found == nullptr) {
    return fail(ErrorCode::kBadUsage,
                fmt::format("--user: user {} is in no list, so name a group too: {}:GROUP", name, name));
  }
  return identity;
}

Result<void> become(const Identity& identity) {
  if (setgroups(0, nullptr) != 0 || setresgid(identity.group, identity.group, identity.group) != 0 ||
      setresuid(identity.user, identity.user, identity.user) != 0) {
    return cannot(identity, base::errno_text(errno));
  }
  if (setuid(0) == 0 || setgid(identity.group == 0 ? 1 : 0) == 0)
    return cannot(identity, "there is a way back");
  // The kernel hides /proc/self of a process that changed its user even from itself; the engine scans
  // its own memory through it.
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  return {};
}

Result<void> check_access(const Identity& identity, const std::filesystem::path& folder, Access access) {
  const pid_t pid = fork();
  if (pid < 0) return fail(ErrorCode::kIo, "cannot start a process: " + base::errno_text(errno));
  if (pid == 0) {
    if (!become(identity)) _exit(kNotBecome);
    const std::filesystem::path inside = folder / ".";  // to get there the folder is searched
    const int flags = O_DIRECTORY | O_CLOEXEC | (access == Access::kRead ? O_RDONLY : O_PATH);
    _exit(open(inside.c_str(), flags) >= 0 ? 0 : std::min(errno, kNotBecome - 1));
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) == kNotBecome) {
    return cannot(identity, "the system refuses it, or this is not root");
  }
  if (WEXITSTATUS(status) == 0) return {};
  return fail(
      ErrorCode::kBadProject,
      fmt::format(
          "{}: user {} of group {} cannot {} it: {}; it needs search access to the project's folder and "
          "those above it, and read and search access to public/",
          folder.string(), identity.user, identity.group, access == Access::kRead ? "read" : "search",
          base::errno_text(WEXITSTATUS(status))));
}

}  // namespace wws::hardening
