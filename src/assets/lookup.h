// From a URL path to an open file below public/.
#pragma once

#include <sys/stat.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"

namespace wws::assets {

/// A regular file that may be served. `name` is its last path component, for the content type.
struct FoundFile {
  std::shared_ptr<const base::File> file;
  struct stat status{};
  std::string name;
};

/// The path below `public/` that a URL path (normalised, percent-encoded) names: each segment decoded once.
/// std::nullopt for what is never served: hidden names (but `/.well-known/`), slashes and backslashes that
/// were encoded, control characters.
[[nodiscard]] std::optional<std::string> relative_path(std::string_view url_path);

/// The file for a URL path: the file itself, a folder's index.html, or the path with `.html` added.
/// `project` is the project's root, where every look-up starts; the kernel keeps it below.
[[nodiscard]] std::optional<FoundFile> find_file(const base::File& project, std::string_view url_path);

/// The file at `path` relative to `project`, if it is a regular file.
[[nodiscard]] std::optional<FoundFile> open_below(const base::File& project, const std::string& path);

}  // namespace wws::assets
