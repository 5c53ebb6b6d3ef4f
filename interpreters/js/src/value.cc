#include "value.h"

#include <cstring>

namespace wws::js {
namespace {

JSContext* the_context = nullptr;

}  // namespace

JSContext* context() noexcept { return the_context; }
void set_context(JSContext* made) noexcept { the_context = made; }

namespace {

/// The bytes at the beginning that are ASCII, in eights: most text is, and a search byte by byte is slow here.
std::size_t ascii_eights(const char* text, std::size_t size) noexcept {
  std::size_t at = 0;
  for (std::uint64_t eight = 0; at + sizeof(eight) <= size; at += sizeof(eight)) {
    std::memcpy(&eight, text + at, sizeof(eight));
    if ((eight & 0x8080808080808080) != 0) break;
  }
  return at;
}

}  // namespace

Utf8::Utf8(JSValueConst value) noexcept : text_(JS_ToCStringLen(context(), &size_, value)) {
  if (text_ == nullptr) return;
  // A surrogate without its other half is encoded as ED A0..BF xx, which is not UTF-8: it becomes U+FFFD, in
  // place.
  char* const end = const_cast<char*>(text_) + size_;
  char* at = const_cast<char*>(text_) + ascii_eights(text_, size_);
  while ((at = static_cast<char*>(std::memchr(at, 0xED, static_cast<std::size_t>(end - at)))) != nullptr) {
    if (static_cast<unsigned char>(at[1]) >= 0xA0) std::memcpy(at, "\xEF\xBF\xBD", 3);
    at += 3;
  }
}

Utf8::~Utf8() {
  if (text_ != nullptr) JS_FreeCString(context(), text_);
}

std::span<std::uint8_t> bytes_of(JSValueConst value) noexcept {
  std::size_t size = 0;
  if (JS_IsArrayBuffer(value)) {
    std::uint8_t* data = JS_GetArrayBuffer(context(), &size, value);
    return {data, data == nullptr ? 0 : size};
  }
  if (JS_GetTypedArrayType(value) < 0) return {};
  std::size_t offset = 0;
  std::size_t length = 0;
  std::size_t element = 0;
  const Value buffer(JS_GetTypedArrayBuffer(context(), value, &offset, &length, &element));
  if (buffer.is_exception()) {
    JS_FreeValue(context(), JS_GetException(context()));
    return {};
  }
  std::uint8_t* data = JS_GetArrayBuffer(context(), &size, buffer.get());
  if (data == nullptr || offset + length > size) return {};
  return {data + offset, length};
}

JSValue new_string(std::string_view text) noexcept {
  return JS_NewStringLen(context(), text.data(), text.size());
}

}  // namespace wws::js
