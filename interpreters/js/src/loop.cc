#include "loop.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "native.h"
#include "rejections.h"
#include "value.h"
#include "wws_v1.h"

namespace wws::js {
namespace {

/// In the order in which they are due: of several that are ready the server names the first. What is no timer
/// is due when it is asked for, so that neither kind can keep the other waiting for ever.
std::vector<std::uint32_t> operations;
std::vector<Value> callbacks;  ///< of the operation at the same place, as are these
std::vector<Value> contexts;   ///< of who asked to be called
std::vector<double> due;       ///< milliseconds
bool is_over = false;

/// when(operation, callback, delay): calls it, once, when the operation is ready, for a timer in so many
/// milliseconds.
JSValue when(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  std::int32_t operation = 0;
  double delay = 0;
  if (JS_ToInt32(context, &operation, arguments[0]) < 0) return JS_EXCEPTION;
  if (!JS_IsUndefined(arguments[2]) && JS_ToFloat64(context, &delay, arguments[2]) < 0) return JS_EXCEPTION;
  const double when_due = static_cast<double>(wws_v1_clock(WWS_V1_STEADY_CLOCK)) / 1e6 + delay;
  const auto place = std::upper_bound(due.begin(), due.end(), when_due) - due.begin();
  due.insert(due.begin() + place, when_due);
  operations.insert(operations.begin() + place, static_cast<std::uint32_t>(operation));
  callbacks.insert(callbacks.begin() + place, Value::copy(arguments[1]));
  contexts.insert(contexts.begin() + place, Value::copy(JS_GetAsyncContext(JS_GetRuntime(context))));
  return JS_UNDEFINED;
}

void forget(std::size_t place) {
  operations.erase(operations.begin() + static_cast<std::ptrdiff_t>(place));
  callbacks.erase(callbacks.begin() + static_cast<std::ptrdiff_t>(place));
  contexts.erase(contexts.begin() + static_cast<std::ptrdiff_t>(place));
  due.erase(due.begin() + static_cast<std::ptrdiff_t>(place));
}

/// unless(operation): nothing is called for it any more.
JSValue unless(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  std::int32_t operation = 0;
  if (JS_ToInt32(context, &operation, arguments[0]) < 0) return JS_EXCEPTION;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (operations[i] == static_cast<std::uint32_t>(operation)) {
      forget(i);
      break;
    }
  }
  return JS_UNDEFINED;
}

/// timer(milliseconds): an operation, or a code below 0.
JSValue timer(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  double milliseconds = 0;
  if (JS_ToFloat64(context, &milliseconds, arguments[0]) < 0) return JS_EXCEPTION;
  return JS_NewInt32(context, wws_v1_timer(static_cast<std::int64_t>(milliseconds * 1e6)));
}

JSValue cancel(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  std::int32_t operation = 0;
  if (JS_ToInt32(context, &operation, arguments[0]) < 0) return JS_EXCEPTION;
  return JS_NewInt32(context, wws_v1_cancel(static_cast<std::uint32_t>(operation)));
}

/// wait(operation): nothing else happens meanwhile.
JSValue wait(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  std::uint32_t operation = 0;
  if (JS_ToUint32(context, &operation, arguments[0]) < 0) return JS_EXCEPTION;
  return JS_NewInt32(context, wws_v1_wait(&operation, 1));
}

JSValue end(JSContext*, JSValueConst, int, JSValueConst*) {
  end_loop();
  return JS_UNDEFINED;
}

const JSCFunctionListEntry kLoopFunctions[] = {
    JS_CFUNC_DEF("when", 3, when),     JS_CFUNC_DEF("unless", 1, unless), JS_CFUNC_DEF("timer", 1, timer),
    JS_CFUNC_DEF("cancel", 1, cancel), JS_CFUNC_DEF("wait", 1, wait),     JS_CFUNC_DEF("end", 0, end),
};

}  // namespace

void run_jobs(void (*after_job)()) noexcept {
  JSRuntime* runtime = JS_GetRuntime(context());
  JSContext* of = nullptr;
  int result = 0;
  while ((result = JS_ExecutePendingJob(runtime, &of)) != 0) {
    if (result < 0) JS_FreeValue(context(), JS_GetException(context()));
    after_job();
  }
}

void run_loop(void (*after_job)()) noexcept {
  for (;;) {
    do run_jobs(after_job);
    while (report_rejections());
    if (is_over || operations.empty()) return;
    const std::int32_t place = wws_v1_wait(operations.data(), operations.size());
    if (place < 0) return;
    const Value callback = std::move(callbacks[static_cast<std::size_t>(place)]);
    JSRuntime* runtime = JS_GetRuntime(context());
    JS_SetAsyncContext(runtime, contexts[static_cast<std::size_t>(place)].release());
    forget(static_cast<std::size_t>(place));
    const Value ignored(JS_Call(context(), callback.get(), JS_UNDEFINED, 0, nullptr));
    if (ignored.is_exception()) JS_FreeValue(context(), JS_GetException(context()));
    JS_SetAsyncContext(runtime, JS_UNDEFINED);
  }
}

void end_loop() noexcept { is_over = true; }

NativeFunctions loop_functions() noexcept { return {kLoopFunctions, std::size(kLoopFunctions)}; }

}  // namespace wws::js
