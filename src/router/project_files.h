// Which files of a project are workers.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/diagnostics.h"

namespace wws::router {

struct ScanOptions {
  std::vector<std::string> extensions = {".wasm"};  ///< with the dot, case-sensitive
  std::vector<std::string> ignore;  ///< globs relative to the root (`--ignore`); an empty one says nothing
  std::string files = "public";     ///< the folder of static files, relative to the root; empty: not below it
  std::string
      config{};  ///< a file that is read as the project's though its name does not say so, relative too
};

/// Worker files below `root`, relative to it, '/'-separated, sorted by bytes. Left out: hidden files
/// and folders, `node_modules`, `.wws`, folders called `public` at any depth, the folder of static files,
/// anything with a component that starts with `_`, what a glob of `ignore` matches, symlinks that leave the
/// project. Diagnostics: a folder that cannot be read (an error, unless it is closed to us for good), and as
/// warnings globs that match nothing and configuration that nobody reads (router/unread_files.h).
/// Error: kBadProject when root is not a folder; kBadUsage for a glob that cannot be read.
[[nodiscard]] Result<std::vector<std::string>> find_workers(const std::filesystem::path& root,
                                                            const ScanOptions& options,
                                                            config::Diagnostics& diagnostics);

}  // namespace wws::router
