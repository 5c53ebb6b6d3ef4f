// Outgoing requests.
#include <iterator>
#include <string>
#include <string_view>

#include "filled.h"
#include "native.h"
#include "value.h"
#include "wws_v1.h"

namespace wws::js {
namespace {

void append_number(std::string& text, std::size_t number) {
  for (int shift = 0; shift < 32; shift += 8) text += static_cast<char>(number >> shift);
}

bool append_entry(std::string& list, JSValueConst array, std::uint32_t index) {
  const Value name_value(JS_GetPropertyUint32(context(), array, index));
  const Value value_value(JS_GetPropertyUint32(context(), array, index + 1));
  const Utf8 name(name_value.get());
  const Utf8 value(value_value.get());
  if (name.failed() || value.failed()) return false;
  const std::string bytes = latin1_bytes(value.view());
  append_number(list, name.size());
  append_number(list, bytes.size());
  list += name.view();
  list += bytes;
  return true;
}

std::uint32_t operation_of(JSValueConst value) {
  std::uint32_t operation = 0;
  if (JS_ToUint32(context(), &operation, value) < 0) JS_FreeValue(context(), JS_GetException(context()));
  return operation;
}

/// fetchStart(method, url, [name, value, ...], body?, flags): an operation, or a code below 0.
JSValue fetch_start(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const Utf8 method(arguments[0]);
  const Utf8 url(arguments[1]);
  std::int64_t count = 0;
  std::uint32_t flags = 0;
  if (method.failed() || url.failed() || JS_GetLength(context, arguments[2], &count) < 0 ||
      JS_ToUint32(context, &flags, arguments[4]) < 0)
    return JS_EXCEPTION;
  std::string head;
  append_number(head, method.size());
  append_number(head, url.size());
  head += method.view();
  head += url.view();
  for (std::uint32_t i = 0; i + 1 < count; i += 2) {
    if (!append_entry(head, arguments[2], i)) return JS_EXCEPTION;
  }
  const auto body = bytes_of(arguments[3]);
  return JS_NewInt32(context, wws_v1_fetch_start(head.data(), head.size(), body.data(), body.size(), flags));
}

template <auto function>
JSValue call_with_operation(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  return JS_NewInt32(context, function(operation_of(arguments[0])));
}

template <auto function>
JSValue text_of_operation(JSContext*, JSValueConst, int, JSValueConst* arguments) {
  const std::uint32_t operation = operation_of(arguments[0]);
  const Filled filled(
      [&](char* buffer, std::size_t capacity) { return function(operation, buffer, capacity); });
  return filled.length() < 0 ? JS_NULL : new_string(filled.view());
}

JSValue fetch_headers(JSContext*, JSValueConst, int, JSValueConst* arguments) {
  const std::uint32_t operation = operation_of(arguments[0]);
  const Filled filled(
      [&](char* buffer, std::size_t capacity) { return wws_v1_fetch_headers(operation, buffer, capacity); });
  return list_as_array(filled.view(), Text::kLatin1);
}

/// fetchRead(operation, bytes), fetchWrite(operation, bytes): how many, or a code below 0.
template <auto function>
JSValue move_bytes(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const auto bytes = bytes_of(arguments[1]);
  return JS_NewInt32(context, function(operation_of(arguments[0]), bytes.data(), bytes.size()));
}

const JSCFunctionListEntry kFetchFunctions[] = {
    JS_CFUNC_DEF("fetchStart", 5, fetch_start),
    JS_CFUNC_DEF("fetchStatus", 1, call_with_operation<wws_v1_fetch_status>),
    JS_CFUNC_DEF("fetchEnd", 1, call_with_operation<wws_v1_fetch_body_end>),
    JS_CFUNC_DEF("fetchRoom", 1, call_with_operation<wws_v1_fetch_room>),
    JS_CFUNC_DEF("fetchHeaders", 1, fetch_headers),
    JS_CFUNC_DEF("fetchUrl", 1, text_of_operation<wws_v1_fetch_url>),
    JS_CFUNC_DEF("fetchError", 1, text_of_operation<wws_v1_fetch_error>),
    JS_CFUNC_DEF("fetchRead", 2, move_bytes<wws_v1_fetch_body_read>),
    JS_CFUNC_DEF("fetchWrite", 2, move_bytes<wws_v1_fetch_body_write>),
};

}  // namespace

NativeFunctions fetch_functions() noexcept { return {kFetchFunctions, std::size(kFetchFunctions)}; }

}  // namespace wws::js
