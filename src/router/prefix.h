// The path that --prefix puts in front of everything.
#pragma once

#include <string>
#include <string_view>

namespace wws::router {

/// "" or "/name" from what a user wrote: `\` becomes `/`, a leading slash is added, trailing ones go.
[[nodiscard]] std::string normalise_prefix(std::string_view prefix);

}  // namespace wws::router
