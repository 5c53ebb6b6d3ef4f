#include "cli/children.h"

#include <unistd.h>

#include <filesystem>

#include "base/log.h"
#include "hardening/identity.h"
#include "hardening/landlock.h"
#include "hardening/system_call_filter.h"

namespace wws::cli {

Result<hardening::Policy> child_policy(const ServeOptions& options) {
  hardening::Policy policy{options.hardening, std::nullopt};
  const bool is_root = geteuid() == 0;
  if (!options.user.empty()) {
    if (!is_root) return fail(ErrorCode::kBadUsage, "--user works only when the server is started as root");
    auto identity = hardening::find_identity(options.user);
    if (!identity) return fail(identity);
    policy.identity = *identity;
  } else if (is_root) {
    log::warn("serving as root: name a user without rights for the serving processes, as in --user nobody");
  }
  if (policy.mode == hardening::Mode::kOff) return policy;
  auto filtered = hardening::can_filter();
  auto limited = hardening::can_limit_files();
  if (policy.mode == hardening::Mode::kRequired) {
    if (!filtered) return fail(filtered);
    if (!limited) return fail(limited);
  }
  if (!filtered) log::warn("child processes may make any system call: {}", filtered.error().message);
  if (!limited)
    log::warn("serving processes may open any file that their user can: {}", limited.error().message);
  return policy;
}

Result<void> check_access(const hardening::Policy& policy, const assets::Place& place) {
  if (!policy.identity) return {};
  const std::filesystem::path files = place.base / place.folder;
  std::error_code none;
  if (std::filesystem::is_directory(files, none)) {
    return hardening::check_access(*policy.identity, files, hardening::Access::kRead);
  }
  return hardening::check_access(*policy.identity,
                                 place.folder == "." ? place.base.parent_path() : place.base,
                                 hardening::Access::kSearch);
}

}  // namespace wws::cli
