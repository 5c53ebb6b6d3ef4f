// Files of configuration that nobody reads, because of their names.
#pragma once

#include <string>
#include <vector>

#include "config/diagnostics.h"

namespace wws::router {

/// Warns of them among the `names` of the files in one folder of a project (its path relative to the root, ""
/// for the root itself): a TOML file that belongs to no worker, a project's file that is not in the root, or
/// not the first of its names. Files that other tools are known to read are left alone. `extensions` are
/// those of workers, with the dot.
void report_unread_files(const std::string& folder, std::vector<std::string> names,
                         const std::vector<std::string>& extensions, config::Diagnostics& diagnostics);

}  // namespace wws::router
