// What a person probably meant.
#pragma once

#include <span>
#include <string_view>

namespace wws::base {

/// The candidate that takes the fewest changes to be made of `text`; empty when none is near.
[[nodiscard]] std::string_view nearest(std::string_view text, std::span<const std::string_view> candidates);

}  // namespace wws::base
