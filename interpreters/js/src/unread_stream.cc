#include "unread_stream.h"

#include <iterator>
#include <utility>

#include "atoms.h"
#include "helpers.h"
#include "interface.h"
#include "native.h"

namespace wws::js {
namespace {

struct Unread {
  static constexpr const char* kName = "ReadableStream";
  Value content;  ///< undefined: it was taken, or has a state

  template <typename Mark>
  void visit(Mark mark) const {
    mark(content);
  }
};
using UnreadInterface = Interface<Unread>;

/// What they inherit from, and functions that get what is asked for, made once.
constinit Value prototype;
constinit Value get_state;
constinit Value get_controller;

constexpr int kOfObjects = JS_PROP_C_W_E;

/// Has the members of it set, if nobody has yet, and gives one of them.
JSValue begin(JSValueConst stream, JSAtom member) {
  Unread* unread = UnreadInterface::self(stream);
  if (unread == nullptr) return JS_EXCEPTION;
  const Value content = std::move(unread->content);
  if (call_helper("beginStream", {stream, content.get()}).is_exception()) return JS_EXCEPTION;
  return JS_GetProperty(context(), stream, member);
}

JSValue state(JSContext*, JSValueConst self, int, JSValueConst*) { return begin(self, atoms::stream_state); }
JSValue controller(JSContext*, JSValueConst self, int, JSValueConst*) {
  return begin(self, atoms::stream_controller);
}

/// inheritStreams(prototype): that of the polyfill.
JSValue inherit_streams(JSContext*, JSValueConst, int, JSValueConst* arguments) {
  prototype = Value::copy(arguments[0]);
  get_state = Value(JS_NewCFunction(context(), state, "_state", 0));
  get_controller = Value(JS_NewCFunction(context(), controller, "_readableStreamController", 0));
  UnreadInterface::make(JS_GetRuntime(context()), prototype.get());
  return JS_UNDEFINED;
}

/// takeUnread(value)
JSValue take(JSContext*, JSValueConst, int, JSValueConst* arguments) {
  return take_unread(arguments[0]).release();
}

/// isUnreadStream(value): whether it is one of these, read or not.
JSValue is_one(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  return JS_NewBool(context, is_unread_stream(arguments[0]));
}

const JSCFunctionListEntry kUnreadStreamFunctions[] = {
    JS_CFUNC_DEF("inheritStreams", 1, inherit_streams),
    JS_CFUNC_DEF("isUnreadStream", 1, is_one),
    JS_CFUNC_DEF("takeUnread", 1, take),
};

void add_accessor(JSValueConst stream, JSAtom member, const Value& getter) {
  JS_DefinePropertyGetSet(context(), stream, member, JS_DupValue(context(), getter.get()), JS_UNDEFINED,
                          JS_PROP_CONFIGURABLE | JS_PROP_ENUMERABLE);
}

}  // namespace

Value make_unread_stream(Value content) {
  if (JS_IsUndefined(prototype.get())) {
    const Value evaluated = call_helper("evaluateStreams", {});
    if (evaluated.is_exception()) return Value(JS_EXCEPTION);
  }
  Value stream = UnreadInterface::make_object(new Unread{std::move(content)});
  if (stream.is_exception()) return stream;
  // In the order in which the polyfill sets them.
  add_accessor(stream.get(), atoms::stream_state, get_state);
  JS_DefinePropertyValue(context(), stream.get(), atoms::stream_reader, JS_UNDEFINED, kOfObjects);
  JS_DefinePropertyValue(context(), stream.get(), atoms::stream_error, JS_UNDEFINED, kOfObjects);
  JS_DefinePropertyValue(context(), stream.get(), atoms::stream_disturbed, JS_FALSE, kOfObjects);
  add_accessor(stream.get(), atoms::stream_controller, get_controller);
  return stream;
}

bool is_unread_stream(JSValueConst value) noexcept { return UnreadInterface::of(value) != nullptr; }

bool is_disturbed(JSValueConst stream) noexcept {
  const Value disturbed(JS_GetProperty(context(), stream, atoms::stream_disturbed));
  return JS_ToBool(context(), disturbed.get()) > 0;
}

bool is_locked(JSValueConst stream) noexcept {
  const Value reader(JS_GetProperty(context(), stream, atoms::stream_reader));
  return !JS_IsUndefined(reader.get());
}

Value take_unread(JSValueConst stream) {
  Unread* unread = UnreadInterface::of(stream);
  if (unread == nullptr || JS_IsUndefined(unread->content.get()) || is_locked(stream)) return Value();
  JS_SetProperty(context(), stream, atoms::stream_disturbed, JS_TRUE);
  JS_SetProperty(context(), stream, atoms::stream_reader, JS_NULL);  // as one that reads all of it would stay
  return std::move(unread->content);
}

NativeFunctions stream_functions() noexcept { return {kUnreadStreamFunctions, std::size(kUnreadStreamFunctions)}; }

}  // namespace wws::js
