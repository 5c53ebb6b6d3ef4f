#include "body.h"

#include "helpers.h"
#include "request.h"
#include "response.h"
#include "unread_stream.h"

namespace wws::js {
namespace {

constexpr int kUint8Array = JS_TYPED_ARRAY_UINT8;

bool is_true(const char* helper, JSValueConst value) {
  const Value answer = call_helper(helper, {value});
  return JS_ToBool(context(), answer.get()) > 0;
}

bool is_read(JSValueConst stream) {
  return is_unread_stream(stream) ? is_disturbed(stream) : is_true("isDisturbed", stream);
}

bool has_reader(JSValueConst stream) {
  return is_unread_stream(stream) ? is_locked(stream) : is_true("isLocked", stream);
}

/// The bytes of a buffer or of a view on one, copied; undefined for anything else.
Value copied_bytes(JSValueConst given) {
  if (!JS_IsArrayBuffer(given) && JS_GetTypedArrayType(given) < 0) return Value();
  const auto bytes = bytes_of(given);
  return Value(JS_NewUint8ArrayCopy(context(), bytes.data(), bytes.size()));
}

}  // namespace

void set_content(Body& body, JSValueConst given) {
  body.content = Value::copy(given);
  if (JS_IsNull(given) || JS_IsUndefined(given)) {
    body.kind = Body::Kind::kNone;
  } else if (JS_IsString(given)) {
    body.kind = Body::Kind::kString;
  } else if (JS_GetTypedArrayType(given) == kUint8Array) {
    body.kind = Body::Kind::kBytes;
  } else {
    const bool is_stream = is_unread_stream(given) || is_true("isStream", given);
    body.kind = is_stream ? Body::Kind::kStream : Body::Kind::kSource;
  }
}

Value content_of(const Body& body) {
  switch (body.kind) {
    case Body::Kind::kNone:
      return Value(JS_NULL);
    case Body::Kind::kIncoming:
      return call_helper("incomingSource", {});
    default:
      return Value::copy(body.content.get());
  }
}

bool extract_body(Body& body, Value& type, JSValueConst given) {
  type = Value(JS_NULL);
  if (!JS_IsObject(given)) {
    Value text(JS_ToString(context(), given));
    if (text.is_exception()) return false;
    body.set_string(std::move(text));
    type = Value(new_string("text/plain;charset=UTF-8"));
    return true;
  }
  if (is_unread_stream(given) && !has_reader(given) && !is_read(given)) {
    body.kind = Body::Kind::kStream;
    body.content = Value::copy(given);
    return true;
  }
  Value bytes = copied_bytes(given);
  if (bytes.is_exception()) return false;
  if (JS_IsObject(bytes.get())) {
    body.kind = Body::Kind::kBytes;
    body.content = std::move(bytes);
    return true;
  }
  const Value pair = call_helper("extract", {given});
  if (pair.is_exception()) return false;
  set_content(body, Value(JS_GetPropertyUint32(context(), pair.get(), 0)).get());
  type = Value(JS_GetPropertyUint32(context(), pair.get(), 1));
  return true;
}

Body* body_of(JSValueConst value) {
  if (Response* response = ResponseInterface::of(value)) return &response->body;
  if (Request* request = RequestInterface::of(value)) return &request->body;
  return nullptr;
}

bool is_used(const Body& body) {
  return body.is_used || (body.kind == Body::Kind::kStream && is_read(body.content.get()));
}

bool is_taken(const Body& body) {
  return is_used(body) || (body.kind == Body::Kind::kStream && has_reader(body.content.get()));
}

bool tee_body(Body& body, Body& copy) {
  if (is_taken(body)) {
    JS_ThrowTypeError(context(), "the body was used already: clone() comes before that");
    return false;
  }
  if (body.kind <= Body::Kind::kBytes) {
    copy.kind = body.kind;
    copy.content = Value::copy(body.content.get());
    return true;
  }
  const Value content = content_of(body);
  const Value pair = call_helper("tee", {content.get()});
  if (pair.is_exception()) return false;
  set_content(body, Value(JS_GetPropertyUint32(context(), pair.get(), 0)).get());
  set_content(copy, Value(JS_GetPropertyUint32(context(), pair.get(), 1)).get());
  return true;
}

}  // namespace wws::js
