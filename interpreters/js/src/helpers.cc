#include "helpers.h"

#include <iterator>

#include "native.h"

namespace wws::js {
namespace {

constinit Value helpers;

/// provide({ name: function, ... }): adds them.
JSValue provide(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  if (JS_IsUndefined(helpers.get())) helpers = Value(JS_NewObjectProto(context, JS_NULL));
  JSPropertyEnum* names = nullptr;
  std::uint32_t count = 0;
  if (JS_GetOwnPropertyNames(context, &names, &count, arguments[0], JS_GPN_STRING_MASK) < 0)
    return JS_EXCEPTION;
  for (std::uint32_t i = 0; i < count; ++i)
    JS_SetProperty(context, helpers.get(), names[i].atom,
                   JS_GetProperty(context, arguments[0], names[i].atom));
  JS_FreePropertyEnum(context, names, count);
  return JS_UNDEFINED;
}

const JSCFunctionListEntry kHelpersFunctions[] = {JS_CFUNC_DEF("provide", 1, provide)};

}  // namespace

Value call_helper(const char* name, std::initializer_list<JSValueConst> arguments) noexcept {
  const Value function = helpers.property(name);
  return Value(JS_Call(context(), function.get(), JS_UNDEFINED, static_cast<int>(arguments.size()),
                       const_cast<JSValueConst*>(arguments.begin())));
}

NativeFunctions helper_functions() noexcept { return {kHelpersFunctions, std::size(kHelpersFunctions)}; }

}  // namespace wws::js
