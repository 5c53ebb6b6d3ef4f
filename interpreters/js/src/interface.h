// Interfaces of the web platform whose objects are structs of the engine.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "quickjs.h"
#include "value.h"

namespace wws::js {

/// Objects of a script that have a T, which goes with them. T has a static `kName`, and `visit(mark)`, which
/// calls `mark` for each value that it keeps.
template <typename T>
class Interface {
 public:
  /// To be called once, before anything else. `constructor` gets the new object's class as `this`.
  static Value make(JSRuntime* runtime, JSCFunction* constructor, int length,
                    std::span<const JSCFunctionListEntry> members) {
    JS_NewClassID(runtime, &id_);
    const JSClassDef definition = {T::kName, finalise, mark, nullptr, nullptr};
    JS_NewClass(runtime, id_, &definition);
    JSValue prototype = JS_NewObject(context());
    JS_SetPropertyFunctionList(context(), prototype, members.data(), static_cast<int>(members.size()));
    Value type(JS_NewCFunction2(context(), constructor, T::kName, length, JS_CFUNC_constructor, 0));
    JS_SetConstructor(context(), type.get(), prototype);
    JS_SetClassProto(context(), id_, prototype);
    type_ = JS_VALUE_GET_PTR(type.get());
    return type;
  }

  /// The same for objects that the engine alone makes, with a prototype that is there.
  static void make(JSRuntime* runtime, JSValueConst prototype) {
    JS_NewClassID(runtime, &id_);
    const JSClassDef definition = {T::kName, finalise, mark, nullptr, nullptr};
    JS_NewClass(runtime, id_, &definition);
    JS_SetClassProto(context(), id_, JS_DupValue(context(), prototype));
  }

  /// Null, and no exception, if the value is something else.
  static T* of(JSValueConst value) noexcept { return static_cast<T*>(JS_GetOpaque(value, id_)); }
  /// Null, and an exception, if the value is something else.
  static T* self(JSValueConst value) noexcept {
    T* found = of(value);
    if (found == nullptr) JS_ThrowTypeError(context(), "Illegal invocation: this is no %s", T::kName);
    return found;
  }

  static Value make_object(T* owned) { return with(Value(JS_NewObjectClass(context(), id_)), owned); }
  /// What `new` makes: of a class of the script's own if that extends this one.
  static Value make_object(JSValueConst new_target, T* owned) {
    if (JS_VALUE_GET_PTR(new_target) == type_) return make_object(owned);
    const Value prototype(JS_GetPropertyStr(context(), new_target, "prototype"));
    if (prototype.is_exception() || !JS_IsObject(prototype.get())) {
      if (!prototype.is_exception()) return make_object(owned);
      delete owned;
      return Value(JS_EXCEPTION);
    }
    return with(Value(JS_NewObjectProtoClass(context(), prototype.get(), id_)), owned);
  }

 private:
  static Value with(Value object, T* owned) {
    if (object.is_exception()) {
      delete owned;
    } else {
      JS_SetOpaque(object.get(), owned);
    }
    return object;
  }
  static void finalise(JSRuntime*, JSValueConst value) { delete of(value); }
  static void mark(JSRuntime* runtime, JSValueConst value, JS_MarkFunc* function) {
    T* found = of(value);
    if (found == nullptr) return;
    found->visit([&](const Value& each) { JS_MarkValue(runtime, each.get(), function); });
  }

  static inline JSClassID id_ = 0;
  static inline void* type_ = nullptr;
};

/// Throws unless so many arguments are given.
inline bool need_arguments(int given, int wanted, const char* where) {
  if (given >= wanted) return true;
  JS_ThrowTypeError(context(), "%s needs %d argument%s, and got %d", where, wanted, wanted == 1 ? "" : "s",
                    given);
  return false;
}

}  // namespace wws::js
