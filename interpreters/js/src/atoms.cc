#include "atoms.h"

#include "value.h"

namespace wws::js::atoms {

void make(JSContext* context) noexcept {
  fetch = JS_NewAtom(context, "fetch");
  headers = JS_NewAtom(context, "headers");
  status = JS_NewAtom(context, "status");
  status_text = JS_NewAtom(context, "statusText");
  stream_controller = JS_NewAtom(context, "_readableStreamController");
  stream_disturbed = JS_NewAtom(context, "_disturbed");
  stream_error = JS_NewAtom(context, "_storedError");
  stream_reader = JS_NewAtom(context, "_reader");
  stream_state = JS_NewAtom(context, "_state");
  then = JS_NewAtom(context, "then");
  const Value global(JS_GetGlobalObject(context));
  const Value symbol = global.property("Symbol").property("iterator");
  iterator = JS_ValueToAtom(context, symbol.get());
}

JSAtom of(std::string_view name) noexcept {
  // JS_NewAtomLen() takes UTF-8 for Latin 1 when it looks for one that is there.
  const Value string(new_string(name));
  return JS_ValueToAtom(context(), string.get());
}

}  // namespace wws::js::atoms
