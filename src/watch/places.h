// What is watched.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

namespace wws::watch {

/// Folders and files, by their absolute names.
struct Places {
  std::vector<std::filesystem::path> trees;  ///< folders, with all that is below them
  std::vector<std::filesystem::path> files;  ///< single files elsewhere; they need not be there
  /// Whether a file or a folder, with what is in it, is nobody's concern; empty: none is.
  std::function<bool(const std::filesystem::path& path)> ignores{};
};

/// Whether an editor, a version control system or this server made it for itself: backup and swap files,
/// `.git`,
/// `.wws`, `node_modules`.
[[nodiscard]] bool is_by_the_way(const std::filesystem::path& name);

}  // namespace wws::watch
