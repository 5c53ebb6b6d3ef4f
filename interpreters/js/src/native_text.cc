// The Encoding standard's UTF-8.
#include <cstring>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

#include "native.h"
#include "text.h"
#include "value.h"

namespace wws::js {
namespace {

using Bytes = std::span<const std::uint8_t>;

/// How many bytes one character has whose first byte is `lead`, and what its second byte may be. 0: it begins
/// none.
struct Sequence {
  std::size_t length;
  std::uint8_t lowest;
  std::uint8_t highest;
};

Sequence sequence_of(std::uint8_t lead) {
  if (lead < 0x80) return {1, 0, 0};
  if (lead < 0xC2) return {0, 0, 0};
  if (lead < 0xE0) return {2, 0x80, 0xBF};
  if (lead < 0xF0)
    return {3, static_cast<std::uint8_t>(lead == 0xE0 ? 0xA0 : 0x80),
            static_cast<std::uint8_t>(lead == 0xED ? 0x9F : 0xBF)};
  if (lead < 0xF5)
    return {4, static_cast<std::uint8_t>(lead == 0xF0 ? 0x90 : 0x80),
            static_cast<std::uint8_t>(lead == 0xF4 ? 0x8F : 0xBF)};
  return {0, 0, 0};
}

struct Character {
  std::size_t length;  ///< of it, or of what is replaced by U+FFFD
  enum { kWhole, kBroken, kCutOff } state;
};

/// What stands at the begin of `bytes`, which is not empty.
Character next_character(Bytes bytes) {
  const Sequence sequence = sequence_of(bytes[0]);
  if (sequence.length == 0) return {1, Character::kBroken};
  for (std::size_t i = 1; i < sequence.length; ++i) {
    if (i == bytes.size()) return {i, Character::kCutOff};
    const std::uint8_t lowest = i == 1 ? sequence.lowest : 0x80;
    const std::uint8_t highest = i == 1 ? sequence.highest : 0xBF;
    if (bytes[i] < lowest || bytes[i] > highest) return {i, Character::kBroken};
  }
  return {sequence.length, Character::kWhole};
}

/// How many bytes from `at` on are ASCII.
std::size_t ascii_run(Bytes bytes, std::size_t at) {
  const std::size_t begin = at;
  for (std::uint64_t eight = 0; at + 8 <= bytes.size(); at += 8) {
    std::memcpy(&eight, bytes.data() + at, 8);
    if ((eight & 0x8080808080808080U) != 0) break;
  }
  while (at < bytes.size() && bytes[at] < 0x80) ++at;
  return at - begin;
}

/// The end of what is UTF-8 at the begin.
std::size_t valid_prefix(Bytes bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    at += ascii_run(bytes, at);
    if (at == bytes.size()) break;
    const Character character = next_character(bytes.subspan(at));
    if (character.state != Character::kWhole) break;
    at += character.length;
  }
  return at;
}

std::string replaced(Bytes bytes, std::size_t valid) {
  const auto* data = reinterpret_cast<const char*>(bytes.data());
  std::string text(data, valid);
  for (std::size_t at = valid; at < bytes.size();) {
    const Character character = next_character(bytes.subspan(at));
    if (character.state == Character::kWhole) {
      text.append(data + at, character.length);
    } else {
      text += "\xEF\xBF\xBD";
    }
    at += character.length;
  }
  return text;
}

/// decodeUtf8(bytes, fatal): undefined if it is fatal and there is an error. A byte order mark is kept.
JSValue decode_utf8_or_not(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const Bytes bytes = bytes_of(arguments[0]);
  const std::size_t valid = valid_prefix(bytes);
  if (valid == bytes.size()) return new_string({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (JS_ToBool(context, arguments[1]) != 0) return JS_UNDEFINED;
  return new_string(replaced(bytes, valid));
}

/// cutOffUtf8(bytes): how many bytes at the end begin a character that goes on in the next ones.
JSValue cut_off_utf8(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const Bytes bytes = bytes_of(arguments[0]);
  for (std::size_t back = 1; back <= 3 && back <= bytes.size(); ++back) {
    const Bytes end = bytes.subspan(bytes.size() - back);
    if (end[0] < 0xC0) continue;
    const Character character = next_character(end);
    const bool is_cut_off = character.state == Character::kCutOff && character.length == back;
    return JS_NewInt32(context, is_cut_off ? static_cast<std::int32_t>(back) : 0);
  }
  return JS_NewInt32(context, 0);
}

JSValue encode_utf8(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const Utf8 text(arguments[0]);
  if (text.failed()) return JS_EXCEPTION;
  return JS_NewUint8ArrayCopy(context, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

/// encodeInto(text, bytes): [UTF-16 units read, bytes written] of whole characters.
JSValue encode_into(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const Utf8 text(arguments[0]);
  if (text.failed()) return JS_EXCEPTION;
  const auto target = bytes_of(arguments[1]);
  const auto* source = reinterpret_cast<const std::uint8_t*>(text.data());
  std::size_t written = 0;
  std::int32_t read = 0;
  while (written < text.size()) {
    const std::size_t length = sequence_of(source[written]).length;
    if (written + length > target.size()) break;
    written += length;
    read += length == 4 ? 2 : 1;
  }
  std::memcpy(target.data(), source, written);
  JSValue pair = JS_NewArray(context);
  JS_SetPropertyUint32(context, pair, 0, JS_NewInt32(context, read));
  JS_SetPropertyUint32(context, pair, 1, JS_NewInt32(context, static_cast<std::int32_t>(written)));
  return pair;
}

/// toWellFormed as Web IDL's USVString has it.
JSValue to_usv(JSContext*, JSValueConst, int, JSValueConst* arguments) {
  const Utf8 text(arguments[0]);
  return text.failed() ? JS_EXCEPTION : new_string(text.view());
}

const JSCFunctionListEntry kTextFunctions[] = {
    JS_CFUNC_DEF("decodeUtf8", 2, decode_utf8_or_not),
    JS_CFUNC_DEF("cutOffUtf8", 1, cut_off_utf8),
    JS_CFUNC_DEF("encodeUtf8", 1, encode_utf8),
    JS_CFUNC_DEF("encodeInto", 2, encode_into),
    JS_CFUNC_DEF("toUsv", 1, to_usv),
};

}  // namespace

JSValue decode_utf8(Bytes bytes) noexcept {
  const std::size_t valid = valid_prefix(bytes);
  if (valid == bytes.size()) return new_string({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return new_string(replaced(bytes, valid));
}

JSValue parse_json(std::string_view text) noexcept {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const Bytes bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  const std::size_t valid = valid_prefix(bytes);
  if (valid == bytes.size()) return JS_ParseJSON(context(), text.data(), text.size(), "<input>");
  const std::string mended = replaced(bytes, valid);
  return JS_ParseJSON(context(), mended.c_str(), mended.size(), "<input>");
}

NativeFunctions text_functions() noexcept { return {kTextFunctions, std::size(kTextFunctions)}; }

}  // namespace wws::js
