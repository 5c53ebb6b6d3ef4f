// Static files: the project's `public/` folder, or the one that it names instead.
#pragma once

#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "assets/lookup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "http/request.h"
#include "http/response.h"

namespace wws::assets {

/// Where the files are.
struct Place {
  std::filesystem::path base;     ///< absolute; what is in it may be read, and links may not lead out of it
  std::string folder = "public";  ///< relative to `base`; "." for `base` itself
};

/// The `public/` folder of a project (docs/static-files.md).
///
/// Every look-up starts at a descriptor of the place's base and stays below it (base/beneath.h): neither
/// spelling nor a race with a symlink leaves it; a symlink that stays inside is followed. Files are looked up
/// anew for each request. Once a second, at a look-up, the folder is: it may come, go, or be another one of
/// the same name. One per serving process, used from its thread; `clock` outlives it.
class PublicFolder {
 public:
  /// Without the folder: an object that finds nothing until it is there. kBadProject: `base` is the project's
  /// root, and cannot be opened.
  [[nodiscard]] static Result<PublicFolder> open(Place place, const base::Clock& clock,
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
  PublicFolder(Place place, const base::Clock& clock, base::Resolver resolver)
      : place_(std::move(place)), clock_(&clock), start_{base::File(), resolver, place_.folder} {}

  [[nodiscard]] bool is_there() const;
  void look_again() const;
  void open_base_again() const;
  [[nodiscard]] http::Response answer(const http::Request& request, const FoundFile& found) const;
  [[nodiscard]] http::Response refusal(std::string_view path, int error) const;

  Place place_;
  const base::Clock* clock_;
  base::File parent_;  ///< of the base, where that is not the project's root: it may be made anew
  // What was seen when the folder was last looked for.
  mutable Start start_;
  mutable bool is_there_ = false;
  mutable bool has_told_ = false;  ///< that this process may not read the folder
  mutable base::Instant look_again_at_{};
  mutable std::time_t told_ = 0;  ///< when the log last had a line about what could not be opened
};

}  // namespace wws::assets
