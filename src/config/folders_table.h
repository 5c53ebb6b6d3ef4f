// Reading [[folders]]. Private to this folder.
#pragma once

#include <vector>

#include "config/toml_table.h"
#include "config/worker_config.h"

namespace wws::config {

/// The folders that a worker's TOML mounts; what is wrong with them is reported.
[[nodiscard]] std::vector<FolderMount> read_folders(const toml::table& table, Reporter& reporter);

}  // namespace wws::config
