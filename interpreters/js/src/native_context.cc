// What is carried along from a piece of work to what it begins: promises' reactions, jobs, timers.
#include <iterator>

#include "native.h"
#include "value.h"

namespace wws::js {
namespace {

JSValue async_context(JSContext* context, JSValueConst, int, JSValueConst*) {
  return JS_DupValue(context, JS_GetAsyncContext(JS_GetRuntime(context)));
}

/// setAsyncContext(value): of what runs now and what it begins from now on.
JSValue set_async_context(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  JS_SetAsyncContext(JS_GetRuntime(context), JS_DupValue(context, arguments[0]));
  return JS_UNDEFINED;
}

const JSCFunctionListEntry kContextFunctions[] = {JS_CFUNC_DEF("asyncContext", 0, async_context),
                                           JS_CFUNC_DEF("setAsyncContext", 1, set_async_context)};

}  // namespace

NativeFunctions context_functions() noexcept { return {kContextFunctions, std::size(kContextFunctions)}; }

}  // namespace wws::js
