// Where a project's static files are.
#pragma once

#include <filesystem>

#include "assets/public_folder.h"
#include "config/diagnostics.h"
#include "config/project_config.h"

namespace wws::runtime {

/// `public/` in `root` (canonical), or the folder that the project's file names: that one may lie outside of
/// the project, or be a link to such a place. What hinders files from being served is a diagnostic: a
/// `public` that leads out of the project without being named, or is no folder (warnings); a folder that
/// holds the project (an error).
[[nodiscard]] assets::Place find_public_folder(const std::filesystem::path& root,
                                               const config::PublicConfig& config,
                                               config::Diagnostics& diagnostics);

}  // namespace wws::runtime
