// Compression by zlib, whose state is in the script's own memory.
#include <zlib.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "native.h"
#include "value.h"

namespace wws::js {
namespace {

/// Of bytes that one call gives.
constexpr std::size_t kRoom = std::size_t{32} << 10;
constexpr int kLessMemory = 8;  // zlib's usual

/// What pump() answers instead of bytes.
enum Code : std::int32_t { kWrong = -1, kBeyondItsEnd = -2, kCutShort = -3 };

struct Stream {
  z_stream zlib{};
  bool compresses = false;
  bool is_at_end = false;
  /// Its bytes last until the next input, and one who is not done with them asks again.
  JSValue input = JS_UNDEFINED;
};

JSClassID class_id = 0;

void free_stream(JSRuntime* runtime, JSValueConst value) {
  auto* stream = static_cast<Stream*>(JS_GetOpaque(value, class_id));
  if (stream == nullptr) return;
  (stream->compresses ? deflateEnd : inflateEnd)(&stream->zlib);
  JS_FreeValueRT(runtime, stream->input);
  delete stream;
}

/// zlib(compresses, window bits): a stream for pump().
JSValue zlib(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  std::int32_t bits = 0;
  if (JS_ToInt32(context, &bits, arguments[1]) < 0) return JS_EXCEPTION;
  if (class_id == 0) {
    const JSClassDef definition = {.class_name = "zlib", .finalizer = free_stream};
    JS_NewClassID(JS_GetRuntime(context), &class_id);
    JS_NewClass(JS_GetRuntime(context), class_id, &definition);
  }
  auto* stream = new Stream;
  stream->compresses = JS_ToBool(context, arguments[0]) == 1;
  const int result = stream->compresses
                         ? deflateInit2(&stream->zlib, Z_DEFAULT_COMPRESSION, Z_DEFLATED, bits, kLessMemory,
                                        Z_DEFAULT_STRATEGY)
                         : inflateInit2(&stream->zlib, bits);
  if (result != Z_OK) {
    delete stream;
    return JS_ThrowOutOfMemory(context);
  }
  JSValue object = JS_NewObjectClass(context, static_cast<int>(class_id));
  JS_SetOpaque(object, stream);
  return object;
}

/// What the stream says to the end of its output; undefined: nothing is wrong.
JSValue verdict(JSContext* context, const Stream& stream, int result, bool is_last) {
  if (result != Z_OK && result != Z_BUF_ERROR && result != Z_STREAM_END) return JS_NewInt32(context, kWrong);
  if (!stream.compresses && stream.is_at_end && stream.zlib.avail_in > 0) return JS_NewInt32(context, kBeyondItsEnd);
  if (!stream.compresses && is_last && !stream.is_at_end && stream.zlib.avail_out > 0)
    return JS_NewInt32(context, kCutShort);
  return JS_UNDEFINED;
}

/// pump(stream, bytes, is last): the next bytes, none if there are no more for now; or a code. `bytes` is undefined
/// to ask again.
JSValue pump(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  auto* stream = static_cast<Stream*>(JS_GetOpaque(arguments[0], class_id));
  if (stream == nullptr) return JS_ThrowTypeError(context, "this is no stream of zlib");
  z_stream& zlib = stream->zlib;
  const bool is_last = JS_ToBool(context, arguments[2]) == 1;
  if (!JS_IsUndefined(arguments[1])) {
    JS_FreeValue(context, stream->input);
    stream->input = JS_DupValue(context, arguments[1]);
    const auto bytes = bytes_of(arguments[1]);
    zlib.next_in = bytes.data();
    zlib.avail_in = bytes.size();
  }
  std::array<std::uint8_t, kRoom> room;
  zlib.next_out = room.data();
  zlib.avail_out = room.size();
  int result = Z_OK;
  if (!stream->is_at_end) {
    result = stream->compresses ? deflate(&zlib, is_last ? Z_FINISH : Z_NO_FLUSH) : inflate(&zlib, Z_NO_FLUSH);
    stream->is_at_end = result == Z_STREAM_END;
  }
  const std::size_t size = room.size() - zlib.avail_out;
  // What came before a mistake is given first.
  if (size > 0) return JS_NewUint8ArrayCopy(context, room.data(), size);
  const JSValue wrong = verdict(context, *stream, result, is_last);
  return JS_IsUndefined(wrong) ? JS_NewUint8ArrayCopy(context, room.data(), 0) : wrong;
}

const JSCFunctionListEntry kCompressionFunctions[] = {
    JS_CFUNC_DEF("zlib", 2, zlib),
    JS_CFUNC_DEF("pump", 3, pump),
};

}  // namespace

NativeFunctions compression_functions() noexcept { return {kCompressionFunctions, std::size(kCompressionFunctions)}; }

}  // namespace wws::js
