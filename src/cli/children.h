// What the command line says about the rights of child processes.
#pragma once

#include "assets/public_folder.h"
#include "base/result.h"
#include "cli/options.h"
#include "hardening/policy.h"

namespace wws::cli {

/// From --user and --hardening. Warns, once, of what the children will not be protected by. kBadUsage: a
/// user that is not known, or --user by who is not root.
[[nodiscard]] Result<hardening::Policy> child_policy(const ServeOptions& options);

/// Whether children of this policy can read the project's public files, or look for them where they are not
/// there yet. Call before there are threads.
[[nodiscard]] Result<void> check_access(const hardening::Policy& policy, const assets::Place& files);

}  // namespace wws::cli
