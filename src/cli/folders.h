// The folders that a project's workers mount.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "abi/folders.h"
#include "base/result.h"
#include "cli/options.h"
#include "runtime/project.h"
#include "supervisor/folders_message.h"

namespace wws::cli {

/// What the folders child is told, and what workers are.
struct FoldersPlan {
  std::optional<supervisor::FoldersMessage> message;         ///< none: no worker has folders
  std::vector<std::optional<abi::WorkerMounts>> of_workers;  ///< in the order of the routes
  std::vector<std::string> missing;                          ///< likewise; empty: nothing is
};

/// Workers with the same folders share them. kBadConfig: a folder is one in which the server keeps its own,
/// which only the command line knows.
[[nodiscard]] Result<FoldersPlan> plan_folders(const ServeOptions& options, const runtime::Project& project);

}  // namespace wws::cli
