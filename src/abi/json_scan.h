// The grammar of JSON (RFC 8259), where a value is passed over and not read.
#pragma once

#include <cstddef>
#include <expected>
#include <string_view>

namespace wws::abi {

/// Objects and arrays in each other.
inline constexpr std::size_t kDeepestJson = 10'000;

enum class JsonFault {
  kSyntax,
  kTooDeep,  ///< more than kDeepestJson
};

/// Takes blanks and a value from the start of `text`, and returns the value as it stands there. Numbers may
/// be of any size, and escapes of any number. That the text is UTF-8 is not looked at. Needs a bit a level,
/// not a call.
[[nodiscard]] std::expected<std::string_view, JsonFault> take_json_value(std::string_view& text);

/// Takes blanks and `c`. False: something else is there.
[[nodiscard]] bool take_json(std::string_view& text, char c) noexcept;

/// Takes blanks and a string, and returns it with its quotes; empty where there is none.
[[nodiscard]] std::string_view take_json_string(std::string_view& text) noexcept;

}  // namespace wws::abi
