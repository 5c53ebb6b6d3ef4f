// Log, clock, random numbers; and what only the engine knows of a value.
#include <wasi/api.h>

#include <algorithm>
#include <iterator>

#include "native.h"
#include "rejections.h"
#include "value.h"
#include "wws_v1.h"

namespace wws::js {
namespace {

JSValue log(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  std::int32_t level = 0;
  if (JS_ToInt32(context, &level, arguments[0]) < 0) return JS_EXCEPTION;
  const Utf8 text(arguments[1]);
  if (text.failed()) return JS_EXCEPTION;
  wws_v1_log(level, text.data(), text.size());
  return JS_UNDEFINED;
}

/// clock(id): milliseconds.
JSValue clock(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  std::int32_t id = 0;
  if (JS_ToInt32(context, &id, arguments[0]) < 0) return JS_EXCEPTION;
  return JS_NewFloat64(context, static_cast<double>(wws_v1_clock(id)) / 1e6);
}

JSValue random(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const auto bytes = bytes_of(arguments[0]);
  return JS_NewInt32(context, wws_v1_random(bytes.data(), bytes.size()));
}

/// fail(): the worker ends here, without an answer of its own.
JSValue fail(JSContext*, JSValueConst, int, JSValueConst*) { __wasi_proc_exit(1); }

/// promiseState(value): 0 pending, 1 fulfilled, 2 rejected, -1 no promise.
JSValue promise_state(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  return JS_NewInt32(context, JS_PromiseState(context, arguments[0]));
}

/// The promise's rejection is somebody's concern already.
JSValue mark_handled(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  if (!JS_IsPromise(arguments[0])) return JS_UNDEFINED;
  JS_PromiseMarkAsHandled(context, arguments[0]);
  forget_rejection(arguments[0]);
  return JS_UNDEFINED;
}

JSValue is_error(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  return JS_NewBool(context, JS_IsError(arguments[0]));
}

JSValue detach(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  JS_DetachArrayBuffer(context, arguments[0]);
  return JS_UNDEFINED;
}

const JSCFunctionListEntry kHost[] = {
    JS_CFUNC_DEF("log", 2, log),
    JS_CFUNC_DEF("clock", 1, clock),
    JS_CFUNC_DEF("random", 1, random),
    JS_CFUNC_DEF("fail", 0, fail),
};
const JSCFunctionListEntry kValues[] = {
    JS_CFUNC_DEF("promiseState", 1, promise_state),
    JS_CFUNC_DEF("markHandled", 1, mark_handled),
    JS_CFUNC_DEF("isError", 1, is_error),
    JS_CFUNC_DEF("detach", 1, detach),
};

}  // namespace

NativeFunctions host_functions() noexcept { return {kHost, std::size(kHost)}; }
NativeFunctions value_functions() noexcept { return {kValues, std::size(kValues)}; }

}  // namespace wws::js
