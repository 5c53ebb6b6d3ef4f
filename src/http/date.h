// HTTP dates (RFC 9110, 5.6.7).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wws::http {

/// "Sun, 06 Nov 1994 08:49:37 GMT" for seconds since 1970.
[[nodiscard]] std::string format_date(std::int64_t seconds);

/// Reads the preferred form and the two obsolete ones (RFC 850, asctime). Anything else: std::nullopt.
[[nodiscard]] std::optional<std::int64_t> parse_date(std::string_view text) noexcept;

}  // namespace wws::http
