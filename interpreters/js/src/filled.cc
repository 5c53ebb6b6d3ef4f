#include "filled.h"

#include <cstring>

#include "value.h"

namespace wws::js {
namespace {

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

}  // namespace

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
  for (std::size_t at = 0; at + 8 <= list.size();) {
    const std::uint32_t name = number_at(list, at);
    const std::uint32_t value = number_at(list, at + 4);
    at += 8;
    const std::string_view value_text = list.substr(at + name, value);
    JS_SetPropertyUint32(context(), array, index++, new_string(list.substr(at, name)));
    JS_SetPropertyUint32(context(), array, index++,
                         text == Text::kUtf8 ? new_string(value_text) : latin1_string(value_text));
    at += std::size_t{name} + value;
  }
  return array;
}

}  // namespace wws::js
