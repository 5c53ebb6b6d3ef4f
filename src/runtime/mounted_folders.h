// Which folders workers may mount, and where they are (docs/folders.md).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/diagnostics.h"
#include "config/project_config.h"
#include "config/worker_config.h"

namespace wws::runtime {

/// Makes `from` of a worker's folders absolute, and says with its place what cannot be mounted. `worker` is
/// its file, relative to the project's root; `workers` are those of all workers. A folder that is not there
/// is a warning, and is marked.
void resolve_folders(const std::filesystem::path& root, const std::string& worker,
                     const std::vector<std::string>& workers, const config::FoldersConfig& project,
                     std::vector<config::FolderMount>& folders, config::Diagnostics& diagnostics);

/// Whether one of two absolute, normal paths is the other, or lies in it.
[[nodiscard]] bool overlap(const std::filesystem::path& one, const std::filesystem::path& other);

}  // namespace wws::runtime
