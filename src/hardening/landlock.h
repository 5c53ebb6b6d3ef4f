// File access by path, limited by the kernel's Landlock.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace wws::hardening {

/// Takes from the calling thread, for good, all opening and changing of files but reading beneath `folder`.
/// Descriptors that are open stay as they are. kIo: this kernel has no Landlock or it is not switched on.
/// The process must not be able to gain privileges any more (PR_SET_NO_NEW_PRIVS).
[[nodiscard]] Result<void> allow_reading_beneath(const std::filesystem::path& folder);

}  // namespace wws::hardening
