// Base64 (RFC 4648, section 4): the standard alphabet, one line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wws::base {

/// With padding.
[[nodiscard]] std::string base64_encode(std::string_view bytes);

/// Strict, except that the padding may be missing: workers made for old versions leave it out.
/// Line breaks, other alphabets and non-zero spare bits: std::nullopt.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

}  // namespace wws::base
