// Base64 (RFC 4648, section 4): the standard alphabet, one line.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace wws::base {

/// Characters for so many bytes, with padding.
[[nodiscard]] constexpr std::size_t base64_size(std::size_t bytes) noexcept { return (bytes + 2) / 3 * 4; }

/// Appends with padding. Parts of a text that are appended one by one are as long as a multiple of 3, but for
/// the last.
void append_base64(std::string& text, std::string_view bytes);
/// With padding.
[[nodiscard]] std::string base64_encode(std::string_view bytes);

/// Strict, except that the padding may be missing: workers made for old versions leave it out.
/// Line breaks, other alphabets and non-zero spare bits: std::nullopt.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

}  // namespace wws::base
