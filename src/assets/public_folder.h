// Static files: the project's `public/` folder.
#pragma once

#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "assets/lookup.h"
#include "base/file.h"
#include "base/result.h"
#include "http/request.h"
#include "http/response.h"

namespace wws::assets {

/// The `public/` folder of a project (docs/static-files.md).
///
/// Every look-up starts at a descriptor of the folder and stays below it (base/beneath.h): neither spelling
/// nor a race with a symlink leaves it; a symlink that stays inside the project is followed. Immutable after
/// open(): one per serving process, used from its thread.
class PublicFolder {
 public:
  /// `root` is the project's folder. A project without `public/`: an object that finds nothing.
  [[nodiscard]] static Result<PublicFolder> open(const std::filesystem::path& root,
                                                 base::Resolver resolver = base::available_resolver());

  /// The answer for a file at `path` (normalised, percent-encoded, prefix already removed):
  /// the file itself; for a folder its `index.html`; `/about` finds `about.html`.
  /// Handles conditional requests (RFC 9110, 13), one Range (RFC 9110, 14) and HEAD;
  /// a method other than GET and HEAD on an existing file gives 405 with Allow.
  /// No such file: std::nullopt. One that cannot be read: 403; one of which nothing is known, because
  /// descriptors or memory are used up: 503; another error of the system: 500, both with a line in the log.
  [[nodiscard]] std::optional<http::Response> serve(const http::Request& request,
                                                    std::string_view path) const;

  /// The answer when nothing matches: `404.html` whole, with status 404, else an empty 404.
  [[nodiscard]] http::Response not_found() const;

 private:
  PublicFolder() = default;
  [[nodiscard]] http::Response refusal(std::string_view path, int error) const;

  Project project_;               ///< without a root: no public folder
  mutable std::time_t told_ = 0;  ///< when the log last had a line about what could not be opened
};

}  // namespace wws::assets
