// The request and its answer, each part asked for when it is wanted.
#include <iterator>
#include <string_view>

#include "filled.h"
#include "native.h"
#include "value.h"
#include "wws_v1.h"

namespace wws::js {
namespace {

JSValue request_get(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  std::int32_t field = 0;
  if (JS_ToInt32(context, &field, arguments[0]) < 0) return JS_EXCEPTION;
  const Filled filled([&](char* buffer, std::size_t capacity) {
    return wws_v1_request_get(static_cast<std::uint32_t>(field), buffer, capacity);
  });
  return filled.length() < 0 ? JS_NULL : new_string(filled.view());
}

JSValue request_header(JSContext*, JSValueConst, int, JSValueConst* arguments) {
  const Utf8 name(arguments[0]);
  if (name.failed()) return JS_EXCEPTION;
  const Filled filled([&](char* buffer, std::size_t capacity) {
    return wws_v1_request_header(name.data(), name.size(), buffer, capacity);
  });
  return filled.length() < 0 ? JS_NULL : latin1_string(filled.view());
}

template <auto function, Text text>
JSValue request_list(JSContext*, JSValueConst, int, JSValueConst*) {
  const Filled filled([](char* buffer, std::size_t capacity) { return function(buffer, capacity); });
  return list_as_array(filled.view(), text);
}

/// Into the bytes that are given: how many, or a code below 0.
JSValue read_body(JSContext*, JSValueConst, int, JSValueConst* arguments) {
  const auto bytes = bytes_of(arguments[0]);
  return JS_NewInt32(context(), wws_v1_request_body_read(bytes.data(), bytes.size()));
}

/// Adds the header fields of [name, value, ...]; false: one is none that HTTP allows, and an exception waits.
bool write_fields(JSValueConst fields) {
  std::int64_t count = 0;
  if (JS_GetLength(context(), fields, &count) < 0) return false;
  for (std::uint32_t i = 0; i + 1 < count; i += 2) {
    const Value name_value(JS_GetPropertyUint32(context(), fields, i));
    const Value value_value(JS_GetPropertyUint32(context(), fields, i + 1));
    const Utf8 name(name_value.get());
    const Utf8 value(value_value.get());
    if (name.failed() || value.failed()) return false;
    const std::int32_t added = wws_v1_response_header(name.data(), name.size(), value.data(), value.size());
    if (added == WWS_V1_LIMIT) {
      JS_ThrowRangeError(context(), "the answer has more header fields than the server takes");
      return false;
    }
    if (added == WWS_V1_INVALID) {
      JS_ThrowTypeError(context(), "the answer has a header field that HTTP does not allow: %s", name.data());
      return false;
    }
  }
  return true;
}

JSValue write_head(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  std::int32_t status = 0;
  if (JS_ToInt32(context, &status, arguments[0]) < 0) return JS_EXCEPTION;
  if (status != 200) wws_v1_response_status(status);
  return write_fields(arguments[1]) ? JS_UNDEFINED : JS_EXCEPTION;
}

/// How many of the bytes were taken, as the server counts them, or a code below 0. A string is written as
/// UTF-8.
JSValue write_body(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  std::uint32_t taken = 0;
  std::int32_t code = 0;
  const auto write = [&](const char* data, std::size_t size) {
    while (taken < size) {
      code = wws_v1_response_body_write(data + taken, size - taken);
      if (code < 0) return;
      taken += static_cast<std::uint32_t>(code);
    }
  };
  if (JS_IsString(arguments[0])) {
    const Utf8 text(arguments[0]);
    if (text.failed()) return JS_EXCEPTION;
    write(text.data(), text.size());
  } else {
    const auto bytes = bytes_of(arguments[0]);
    write(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  return JS_NewInt32(context, code == WWS_V1_CLOSED ? code : static_cast<std::int32_t>(taken));
}

JSValue finish(JSContext*, JSValueConst, int, JSValueConst*) {
  wws_v1_response_finish();
  return JS_UNDEFINED;
}

const JSCFunctionListEntry kFunctions[] = {
    JS_CFUNC_DEF("requestGet", 1, request_get),
    JS_CFUNC_DEF("requestHeader", 1, request_header),
    JS_CFUNC_DEF("requestHeaders", 0, (request_list<wws_v1_request_headers, Text::kLatin1>)),
    JS_CFUNC_DEF("requestParams", 0, (request_list<wws_v1_request_params, Text::kUtf8>)),
    JS_CFUNC_DEF("requestVars", 0, (request_list<wws_v1_request_vars, Text::kUtf8>)),
    JS_CFUNC_DEF("readBody", 1, read_body),
    JS_CFUNC_DEF("writeHead", 2, write_head),
    JS_CFUNC_DEF("writeBody", 1, write_body),
    JS_CFUNC_DEF("finish", 0, finish),
};

}  // namespace

NativeFunctions exchange_functions() noexcept { return {kFunctions, std::size(kFunctions)}; }

}  // namespace wws::js
