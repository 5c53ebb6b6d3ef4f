// The panel's pages (panel/), as parts of this executable.
#pragma once

#include <optional>
#include <string_view>

namespace wws::panel {

/// One file of the panel. Valid always, on any thread.
struct File {
  std::string_view type;  ///< its media type
  std::string_view content;
};

/// The file at a path below the panel's folder; "" is its page. std::nullopt: there is none.
[[nodiscard]] std::optional<File> file(std::string_view path) noexcept;

/// What browsers are told to keep from the pages: scripts and styles of others, frames, forms
/// (https://www.w3.org/TR/CSP3/).
inline constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace wws::panel
