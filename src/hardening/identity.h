// Becoming another user: `--user NAME[:GROUP]`.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "hardening/policy.h"

namespace wws::hardening {

/// Looks up "NAME" (with the user's own group) or "NAME:GROUP"; either may be a number. kBadUsage: not
/// known, or the superuser, as whom nothing would be given up.
[[nodiscard]] Result<Identity> find_identity(const std::string& text);

/// Gives up supplementary groups, group and user for good, and checks that there is no way back. For a
/// process of root with one thread. Afterwards it can still open its own /proc/self files, which the
/// kernel takes from who changes users; confinement takes them back.
[[nodiscard]] Result<void> become(const Identity& identity);

enum class Access {
  kSearch,  ///< reach what is in it by name
  kRead,    ///< open it, too
};

/// Whether `identity` has this access to `folder`: kBadProject if not. Tries it in a child process, since
/// access depends on more than modes; for a process with one thread.
[[nodiscard]] Result<void> check_access(const Identity& identity, const std::filesystem::path& folder,
                                        Access access);

}  // namespace wws::hardening
