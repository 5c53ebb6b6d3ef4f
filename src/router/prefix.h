// The path that --prefix puts in front of everything.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace wws::router {

/// "" or "/name/…" from what a person wrote, percent-encoded in one way: `\` becomes `/`, a leading slash is
/// added, trailing and doubled ones go, dot segments are resolved; escapes are read as such, and what needs
/// an escape gets one. kBadUsage: it climbs above the root, or has an escape that no path segment can have.
[[nodiscard]] Result<std::string> normalise_prefix(std::string_view prefix);

/// What follows the prefix in a normalised path of a request, however that is encoded: "/" or "/…".
/// std::nullopt: the path is not below the prefix. A view into `path`, or of static text.
[[nodiscard]] std::optional<std::string_view> below_prefix(std::string_view path, std::string_view prefix);

}  // namespace wws::router
