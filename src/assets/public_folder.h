// Static files: the project's `public/` folder.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "http/request.h"
#include "http/response.h"

namespace wws::assets {

/// The `public/` folder of a project (docs/static-files.md).
///
/// Every look-up starts at a descriptor of the folder and is resolved by the kernel below it
/// (openat2 with RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS), so that neither spelling nor a race with
/// a symlink leaves it; a symlink that stays inside the project is followed.
/// Immutable after open(): one per serving process, used from its thread.
class PublicFolder {
 public:
  /// `root` is the project's folder. A project without `public/`: an object that finds nothing.
  [[nodiscard]] static Result<PublicFolder> open(const std::filesystem::path& root);

  /// The answer for a file at `path` (normalised, percent-encoded, prefix already removed):
  /// the file itself; for a folder its `index.html`; `/about` finds `about.html`.
  /// Handles conditional requests (RFC 9110, 13), one Range (RFC 9110, 14) and HEAD;
  /// a method other than GET and HEAD on an existing file gives 405 with Allow.
  /// No such file: std::nullopt.
  [[nodiscard]] std::optional<http::Response> serve(const http::Request& request,
                                                    std::string_view path) const;

  /// The answer when nothing matches: `404.html` whole, with status 404, else an empty 404.
  [[nodiscard]] http::Response not_found() const;

 private:
  PublicFolder() = default;
  base::File project_;  ///< the project's root; empty: no public folder
};

}  // namespace wws::assets
