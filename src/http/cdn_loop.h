// CDN-Loop (RFC 8586): where a request has been.
#pragma once

#include <string_view>

namespace wws::http {

/// The name under which this server writes itself into CDN-Loop.
inline constexpr std::string_view kCdnId = "wws";
/// A request that has come by so often goes round in circles.
inline constexpr unsigned kMostPasses = 16;

/// How often `id` is an entry of a CDN-Loop value; parameters behind a semicolon do not matter.
[[nodiscard]] unsigned count_passes(std::string_view value, std::string_view id) noexcept;

}  // namespace wws::http
