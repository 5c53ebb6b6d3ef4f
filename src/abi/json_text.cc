#include "abi/json_text.h"

#include <array>
#include <cstddef>

#include "base/utf8.h"

namespace wws::abi {
namespace {

/// True for the bytes that cannot stand in a JSON string as they are.
constexpr std::array<bool, 256> make_special() {
  std::array<bool, 256> special{};
  for (std::size_t i = 0; i < 0x20; ++i) special[i] = true;
  special['"'] = true;
  special['\\'] = true;
  return special;
}

constexpr std::array<bool, 256> kSpecial = make_special();

void append_escape(std::string& json, char c) {
  switch (c) {
    case '"':
      json += "\\\"";
      return;
    case '\\':
      json += "\\\\";
      return;
    case '\n':
      json += "\\n";
      return;
    case '\r':
      json += "\\r";
      return;
    case '\t':
      json += "\\t";
      return;
    default: {
      constexpr std::string_view kHex = "0123456789abcdef";
      const auto value = static_cast<unsigned char>(c);
      json += "\\u00";
      json += kHex[value >> 4];
      json += kHex[value & 0xf];
    }
  }
}

void append_utf8(std::string& json, std::string_view text) {
  json += '"';
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!kSpecial[static_cast<unsigned char>(text[i])]) continue;
    json.append(text, plain, i - plain);
    append_escape(json, text[i]);
    plain = i + 1;
  }
  json.append(text, plain);
  json += '"';
}

}  // namespace

void append_json_string(std::string& json, std::string_view text) {
  if (base::is_utf8(text)) {
    append_utf8(json, text);
  } else {
    append_utf8(json, base::utf8_from_latin1(text));
  }
}

}  // namespace wws::abi
