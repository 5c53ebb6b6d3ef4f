// UTF-8 as the Encoding standard decodes it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "quickjs.h"

namespace wws::js {

/// A string; what is no UTF-8 is replaced. A byte order mark is kept.
JSValue decode_utf8(std::span<const std::uint8_t> bytes) noexcept;

/// The value of JSON in UTF-8, with what decode_utf8() would replace replaced; a byte order mark at its begin
/// is none of it. A zero follows the text.
JSValue parse_json(std::string_view text) noexcept;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace wws::js
