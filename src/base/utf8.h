// UTF-8 (RFC 3629): which bytes are well-formed text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wws::base {

/// Length in bytes of the well-formed sequence at the start of `text`: 1 to 4, or 0 when there is
/// none (overlong forms, surrogates and values above U+10FFFF are not well-formed).
[[nodiscard]] std::size_t utf8_sequence_length(std::string_view text) noexcept;

/// Takes the first character off `text`, which is not empty. A byte that begins no well-formed sequence
/// stands for itself, as a number beyond all characters.
[[nodiscard]] char32_t take_character(std::string_view& text) noexcept;

/// True when all of `text` is well-formed.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// `text` with each byte taken as a character of Latin-1 (ISO 8859-1), in UTF-8.
[[nodiscard]] std::string utf8_from_latin1(std::string_view text);

}  // namespace wws::base
