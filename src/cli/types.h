// Declarations for editors.
#pragma once

#include <cstddef>

#include "base/result.h"
#include "runtime/project.h"

namespace wws::cli {

/// Writes wws.d.ts of a project into its folder, unless it is there as it is to be. How many workers it tells
/// of; kIo.
[[nodiscard]] Result<std::size_t> write_types(const runtime::Project& project);

}  // namespace wws::cli
