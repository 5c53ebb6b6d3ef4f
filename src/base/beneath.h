// Opening files for reading without leaving a folder.
#pragma once

#include <string>

#include "base/file.h"

namespace wws::base {

/// Who sees to it that a path stays below the folder.
enum class Resolver {
  kKernel,  ///< openat2 with RESOLVE_BENEATH (Linux 5.6)
  kByHand,  ///< step by step, where the kernel has no openat2 or whoever confines us refuses it
};

/// What works here.
[[nodiscard]] Resolver available_resolver() noexcept;

/// Names what is at `path` (O_PATH), for calls that start there. By openat2 where a process that is confined
/// may open by no other call. Empty: errno says why.
[[nodiscard]] File open_start(const std::string& path) noexcept;

/// Opens what is at `path`, relative to `folder`, for reading, without waiting for the other end of a pipe.
/// Neither "..", links nor a race with whoever moves folders lead out: that fails with EXDEV. Links that stay
/// inside are followed. Empty: errno says why.
[[nodiscard]] File open_beneath(const File& folder, const std::string& path, Resolver resolver) noexcept;

}  // namespace wws::base
