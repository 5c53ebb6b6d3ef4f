// From a URL path to an open file below the folder of static files.
#pragma once

#include <sys/stat.h>

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/beneath.h"
#include "base/file.h"

namespace wws::assets {

/// A regular file that may be served. `name` is its last path component, for the content type.
struct FoundFile {
  std::shared_ptr<const base::File> file;
  struct stat status{};
  std::string name;
};

/// The path below `folder` that a URL path (normalised, percent-encoded) names: each segment decoded once.
/// std::nullopt for what is never served: hidden names (but `/.well-known/`), slashes and backslashes that
/// were encoded, control characters.
[[nodiscard]] std::optional<std::string> relative_path(std::string_view url_path, const std::string& folder);

/// Where files are looked up: in `folder`, relative to `base`, which no look-up leaves.
struct Start {
  base::File base;
  base::Resolver resolver = base::Resolver::kKernel;
  std::string folder = "public";
};

/// A file; or why there is none, as a number of errno.
using Found = std::expected<FoundFile, int>;

/// Whether nothing can be had by this path, however often it is tried. Any other error says nothing about
/// what is there.
[[nodiscard]] bool is_absent(int error) noexcept;

/// The file for a URL path: the file itself, a folder's index.html, or the path with `.html` added.
[[nodiscard]] Found find_file(const Start& start, std::string_view url_path);

/// The file at `path` relative to the base, if it is a regular file.
[[nodiscard]] Found open_below(const Start& start, const std::string& path);

}  // namespace wws::assets
