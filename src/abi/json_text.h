// Writing JSON strings (RFC 8259).
#pragma once

#include <string>
#include <string_view>

namespace wws::abi {

/// Appends UTF-8 `text` as it is within a JSON string, without the quotes.
void append_json(std::string& json, std::string_view text);

/// Appends `text` with its quotes. `text` is UTF-8; bytes that are not are taken as Latin-1, so that the
/// result is always well-formed.
void append_json_string(std::string& json, std::string_view text);

}  // namespace wws::abi
