// Bodies of the request and of its answer, piece by piece.
#include <iterator>

#include "native.h"
#include "value.h"
#include "wws_v1.h"

namespace wws::js {
namespace {

/// Into the bytes that are given: how many, or a code below 0.
JSValue read_body(JSContext*, JSValueConst, int, JSValueConst* arguments) {
  const auto bytes = bytes_of(arguments[0]);
  return JS_NewInt32(context(), wws_v1_request_body_read(bytes.data(), bytes.size()));
}

/// How many of the bytes were taken, or a code below 0.
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
  const auto bytes = bytes_of(arguments[0]);
  write(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return JS_NewInt32(context, code == WWS_V1_CLOSED ? code : static_cast<std::int32_t>(taken));
}

const JSCFunctionListEntry kExchangeFunctions[] = {
    JS_CFUNC_DEF("readBody", 1, read_body),
    JS_CFUNC_DEF("writeBody", 1, write_body),
};

}  // namespace

NativeFunctions exchange_functions() noexcept { return {kExchangeFunctions, std::size(kExchangeFunctions)}; }

}  // namespace wws::js
