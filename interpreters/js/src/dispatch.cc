#include "dispatch.h"

#include <wasi/api.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "atoms.h"
#include "filled.h"
#include "helpers.h"
#include "loop.h"
#include "native.h"
#include "rejections.h"
#include "request.h"
#include "response.h"
#include "unread_stream.h"
#include "wws_v1.h"

namespace wws::js {
namespace {

/// The handler: a function, or an object with a function `fetch`.
constinit Value handler;
/// What the handler is called with, made before the snapshot: each instance answers one request.
std::array<Value, 3> handler_arguments;  // the request, env, ctx
/// The promise of the answer, while it is pending.
constinit Value awaited;
bool is_answered = false;
std::int32_t waiting_for = 0;  ///< promises of waitUntil

[[noreturn]] void fatal(std::string_view message) {
  wws_v1_log(WWS_V1_ERROR, message.data(), message.size());
  __wasi_proc_exit(1);
}

[[noreturn]] void fail_with(JSValueConst error) {
  const Value text = call_helper("describe", {error});
  const Utf8 utf8(text.is_exception() ? error : text.get());
  fatal(utf8.failed() ? "an error that has no text" : utf8.view());
}

[[noreturn]] void fail_with_exception() { fail_with(Value(JS_GetException(context())).get()); }

void end_if_done() {
  if (is_answered && waiting_for == 0) end_loop();
}

void done() {
  wws_v1_response_finish();
  is_answered = true;
  end_if_done();
}

void write_field(std::string_view name, std::string_view value) {
  const std::int32_t added = wws_v1_response_header(name.data(), name.size(), value.data(), value.size());
  if (added == WWS_V1_LIMIT) {
    JS_ThrowRangeError(context(), "the answer has more header fields than the server takes");
    fail_with_exception();
  }
  if (added == WWS_V1_INVALID) {
    JS_ThrowTypeError(context(), "the answer has a header field that HTTP does not allow: %s",
                      std::string(name).c_str());
    fail_with_exception();
  }
}

/// A field of a Headers: each character of its value is a byte.
void write_field_of(const Value& name, const Value& value) {
  const Utf8 text(value.get());
  const bool is_ascii =
      std::ranges::all_of(text.view(), [](char each) { return static_cast<unsigned char>(each) < 0x80; });
  if (is_ascii) {
    write_field(Utf8(name.get()).view(), text.view());
  } else {
    write_field(Utf8(name.get()).view(), latin1_bytes(text.view()));
  }
}

/// Fields of a body that came encoded, and is passed on as it came (src/web/received.js).
void write_fields_of(const Value& source) {
  const Value fields = source.property("encoded");
  std::int64_t count = 0;
  if (!JS_IsObject(fields.get()) || JS_GetLength(context(), fields.get(), &count) < 0) return;
  for (std::uint32_t i = 0; i + 1 < count; i += 2) {
    const Value name(JS_GetPropertyUint32(context(), fields.get(), i));
    const Value value(JS_GetPropertyUint32(context(), fields.get(), i + 1));
    write_field_of(name, value);
  }
}

void write_head(const Response& response) {
  if (response.status != 200) wws_v1_response_status(response.status);
  if (response.list != nullptr) {
    for (const Header& each : response.list->all()) write_field_of(each.name, each.value);
  }
  if (response.body.kind == Body::Kind::kSource) write_fields_of(response.body.content);
  if (!JS_IsUndefined(response.implied_type.get()))
    write_field("content-type", Utf8(response.implied_type.get()).view());
}

/// The server takes what it has room for; the rest follows when there is more.
void write_body(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::int32_t taken = wws_v1_response_body_write(bytes.data(), bytes.size());
    if (taken == WWS_V1_CLOSED) break;
    if (taken < 0) {
      const Value rest(
          JS_NewUint8ArrayCopy(context(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
      if (call_helper("writeRest", {rest.get()}).is_exception()) fail_with_exception();
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(taken));
  }
  done();
}

void write_body(const Body& body) {
  switch (body.kind) {
    case Body::Kind::kNone:
      return done();
    case Body::Kind::kString: {
      const Utf8 text(body.content.get());
      if (text.failed()) fail_with_exception();
      return write_body(text.view());
    }
    case Body::Kind::kBytes: {
      const auto bytes = bytes_of(body.content.get());
      return write_body(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    }
    default: {
      const char* helper = body.kind == Body::Kind::kStream ? "writeStream" : "writeSource";
      if (call_helper(helper, {content_of(body).get()}).is_exception()) fail_with_exception();
    }
  }
}

/// What the body of a stream is that was passed on, and that nobody has read.
void take_out_of_stream(Body& body) {
  if (body.kind != Body::Kind::kStream) return;
  const Value unread = take_unread(body.content.get());
  if (!JS_IsUndefined(unread.get())) set_content(body, unread.get());
}

/// What the handler gave, or its promise came to.
void answer(JSValueConst given) {
  Response* response = ResponseInterface::of(given);
  if (response == nullptr) {
    call_helper("refuseAnswer", {given});
    fail_with_exception();
  }
  if (response->status == 0) {
    JS_ThrowTypeError(context(), "the handler gives back Response.error()");
    fail_with_exception();
  }
  if (is_taken(response->body)) {
    JS_ThrowTypeError(context(), "the body was used already; clone() before using it twice");
    fail_with_exception();
  }
  response->body.is_used = true;
  take_out_of_stream(response->body);
  write_head(*response);
  write_body(response->body);
}

/// Looks at the promise of the answer.
void look() {
  switch (JS_PromiseState(context(), awaited.get())) {
    case JS_PROMISE_PENDING:
      return;
    case JS_PROMISE_REJECTED:
      JS_PromiseMarkAsHandled(context(), awaited.get());
      forget_rejection(awaited.get());
      fail_with(Value(JS_PromiseResult(context(), awaited.get())).get());
    default: {
      const Value promise = std::exchange(awaited, Value());
      answer(Value(JS_PromiseResult(context(), promise.get())).get());
    }
  }
}

void after_job() {
  if (!JS_IsUndefined(awaited.get())) look();
}

Value call_handler() {
  std::array<JSValueConst, 3> arguments{};
  for (std::size_t i = 0; i < arguments.size(); ++i) arguments[i] = handler_arguments[i].get();
  if (JS_IsFunction(context(), handler.get()))
    return Value(JS_Call(context(), handler.get(), JS_UNDEFINED, arguments.size(), arguments.data()));
  const Value function(JS_GetProperty(context(), handler.get(), atoms::fetch));
  return Value(JS_Call(context(), function.get(), handler.get(), arguments.size(), arguments.data()));
}

bool is_thenable(JSValueConst value) {
  if (!JS_IsObject(value)) return false;
  const Value then(JS_GetProperty(context(), value, atoms::then));
  if (then.is_exception()) fail_with_exception();
  return JS_IsFunction(context(), then.get());
}

void take_result(Value result) {
  if (result.is_exception()) fail_with_exception();
  if (ResponseInterface::of(result.get()) != nullptr) return answer(result.get());
  if (!JS_IsPromise(result.get()) && is_thenable(result.get())) {
    result = call_helper("promiseOf", {result.get()});
    if (result.is_exception()) fail_with_exception();
  }
  if (!JS_IsPromise(result.get())) return answer(result.get());
  awaited = std::move(result);
  look();
}

/// serve(handler, env, ctx): what answers requests.
JSValue serve(JSContext*, JSValueConst, int, JSValueConst* arguments) {
  handler = Value::copy(arguments[0]);
  handler_arguments = {incoming_request(), Value::copy(arguments[1]), Value::copy(arguments[2])};
  return JS_UNDEFINED;
}

JSValue wait_begins(JSContext*, JSValueConst, int, JSValueConst*) {
  ++waiting_for;
  return JS_UNDEFINED;
}

JSValue wait_ends(JSContext*, JSValueConst, int, JSValueConst*) {
  --waiting_for;
  end_if_done();
  return JS_UNDEFINED;
}

/// answerEnds(): its body is complete.
JSValue answer_ends(JSContext*, JSValueConst, int, JSValueConst*) {
  done();
  return JS_UNDEFINED;
}

/// failWith(error)
JSValue fail_with_error(JSContext*, JSValueConst, int, JSValueConst* arguments) { fail_with(arguments[0]); }

const JSCFunctionListEntry kDispatchFunctions[] = {
    JS_CFUNC_DEF("serve", 3, serve),
    JS_CFUNC_DEF("waitBegins", 0, wait_begins),
    JS_CFUNC_DEF("waitEnds", 0, wait_ends),
    JS_CFUNC_DEF("answerEnds", 0, answer_ends),
    JS_CFUNC_DEF("failWith", 1, fail_with_error),
};

}  // namespace

void dispatch() noexcept {
  take_result(call_handler());
  run_loop(after_job);
  if (!is_answered) {
    fatal(
        "the handler's promise never settles: nothing is left that could settle it. Is a resolve() or a "
        "return missing?");
  }
  constexpr std::string_view kNever =
      "a promise of waitUntil never settles: nothing is left that could settle it";
  if (waiting_for > 0) wws_v1_log(WWS_V1_WARNING, kNever.data(), kNever.size());
}

NativeFunctions dispatch_functions() noexcept { return {kDispatchFunctions, std::size(kDispatchFunctions)}; }

}  // namespace wws::js
