// TextDecoder's encodings other than UTF-8, and the labels of all.
#include <algorithm>
#include <iterator>
#include <string>

#include "encoding_tables.h"
#include "legacy_decoder.h"
#include "native.h"
#include "value.h"

namespace wws::js {
namespace {

/// encodingOf(label): its place among the encodings, or -1. Space around it, and case, mean nothing.
JSValue encoding_of(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const Utf8 given(arguments[0]);
  if (given.failed()) return JS_EXCEPTION;
  std::string_view text = given.view();
  constexpr std::string_view kSpace = "\t\n\f\r ";
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  text = text.substr(0, text.find_last_not_of(kSpace) + 1);
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character + 'a' - 'A') : character;
  });
  const Label* end = labels + label_count;
  const Label* found = std::lower_bound(
      labels, end, lower,
      [](const Label& label, const std::string& wanted) { return label.text < std::string_view(wanted); });
  return JS_NewInt32(context, found != end && found->text == lower ? found->encoding : -1);
}

JSValue encoding_name(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  std::uint32_t place = 0;
  if (JS_ToUint32(context, &place, arguments[0]) < 0) return JS_EXCEPTION;
  return new_string(encodings[place].name);
}

/// How many bytes decodeBytes() keeps between two pieces.
JSValue decoder_state(JSContext* context, JSValueConst, int, JSValueConst*) {
  const DecoderState state;
  return JS_NewUint8ArrayCopy(context, reinterpret_cast<const std::uint8_t*>(&state), sizeof state);
}

/// decodeBytes(encoding, state, bytes, flags): the text; undefined if there are errors, and they are fatal
/// (1). The stream may go on (2).
JSValue decode_bytes(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  std::uint32_t place = 0;
  std::uint32_t flags = 0;
  if (JS_ToUint32(context, &place, arguments[0]) < 0 || JS_ToUint32(context, &flags, arguments[3]) < 0)
    return JS_EXCEPTION;
  const auto kept = bytes_of(arguments[1]);
  if (kept.size() != sizeof(DecoderState))
    return JS_ThrowInternalError(context, "a decoder without its state");
  LegacyDecoder decoder(encodings[place], *reinterpret_cast<DecoderState*>(kept.data()));
  decoder.decode(bytes_of(arguments[2]));
  if ((flags & 2) == 0) decoder.finish();
  if (decoder.had_errors() && (flags & 1) != 0) return JS_UNDEFINED;
  const std::u16string& text = decoder.text();
  return JS_NewStringUTF16(context, reinterpret_cast<const std::uint16_t*>(text.data()), text.size());
}

const JSCFunctionListEntry kEncodingsFunctions[] = {
    JS_CFUNC_DEF("encodingOf", 1, encoding_of),
    JS_CFUNC_DEF("encodingName", 1, encoding_name),
    JS_CFUNC_DEF("decoderState", 0, decoder_state),
    JS_CFUNC_DEF("decodeBytes", 4, decode_bytes),
};

}  // namespace

NativeFunctions encoding_functions() noexcept { return {kEncodingsFunctions, std::size(kEncodingsFunctions)}; }

}  // namespace wws::js
