#include "filled.h"

#include "value.h"

namespace wws::js {
JSValue latin1_string(std::string_view bytes) noexcept {
  for (const char byte : bytes) {
    if (static_cast<unsigned char>(byte) < 0x80) continue;
    std::u16string wide;
    wide.reserve(bytes.size());
    for (const char each : bytes) wide += static_cast<char16_t>(static_cast<unsigned char>(each));
    return JS_NewStringUTF16(context(), reinterpret_cast<const std::uint16_t*>(wide.data()), wide.size());
  }
  return new_string(bytes);
}

JSValue list_as_array(std::string_view list, Text text) noexcept {
  JSValue array = JS_NewArray(context());
  std::uint32_t index = 0;
  each_entry(list, [&](std::string_view name, std::string_view value) {
    JS_SetPropertyUint32(context(), array, index++, new_string(name));
    JS_SetPropertyUint32(context(), array, index++,
                         text == Text::kUtf8 ? new_string(value) : latin1_string(value));
  });
  return array;
}

std::string latin1_bytes(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto first = static_cast<unsigned char>(text[at]);
    const bool is_pair = (first == 0xC2 || first == 0xC3) && at + 1 < text.size();
    bytes += is_pair ? static_cast<char>((first & 3) << 6 | (text[++at] & 0x3F)) : static_cast<char>(first);
  }
  return bytes;
}

}  // namespace wws::js
