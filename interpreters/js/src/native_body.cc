// text(), json() and the others: of a body that is there they settle at once. What has to be waited for, or
// made of parts, is JavaScript (src/web/body.js).
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

#include "body.h"
#include "filled.h"
#include "helpers.h"
#include "native.h"
#include "text.h"
#include "unread_stream.h"
#include "wws_v1.h"

namespace wws::js {
namespace {

/// What becomes of a body; src/web/body.js knows the numbers.
enum As { kText = 0, kJson = 1, kArrayBuffer = 2, kBytes = 3, kBlob = 4, kFormData = 5 };

/// Workers of 0.6.0 to 1.7.0 read bodies without promises.
bool is_read_at_once = false;

bool is_at_once(const Body& body) { return is_read_at_once && body.kind != Body::Kind::kStream; }

JSValue rejected() {
  const Value error(JS_GetException(context()));
  return JS_NewSettledPromise(context(), true, error.get());
}

JSValue settled(Value value) {
  if (value.is_exception()) return rejected();
  return JS_NewSettledPromise(context(), false, value.get());
}

/// A zero follows the bytes.
Value made_of(std::string_view bytes, As as) {
  const std::span<const std::uint8_t> span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  switch (as) {
    case kText:
      return Value(
          decode_utf8(bytes.starts_with(kByteOrderMark) ? span.subspan(kByteOrderMark.size()) : span));
    case kJson:
      return Value(parse_json(bytes));
    case kArrayBuffer:
      return Value(JS_NewArrayBufferCopy(context(), span.data(), span.size()));
    default:
      return Value(JS_NewUint8ArrayCopy(context(), span.data(), span.size()));
  }
}

/// Reads what the server has of the request's body; a zero follows it.
class Incoming {
 public:
  Incoming() {
    for (;;) {
      if (size_ + 1 >= capacity()) grow();
      const std::int32_t count = wws_v1_request_body_read(data() + size_, capacity() - size_ - 1);
      if (count <= 0) {
        is_whole_ = count == 0;
        break;
      }
      size_ += static_cast<std::size_t>(count);
    }
    data()[size_] = '\0';
  }
  bool is_whole() const noexcept { return is_whole_; }
  std::string_view view() noexcept { return {data(), size_}; }

 private:
  char* data() noexcept { return large_.empty() ? short_buffer : large_.data(); }
  std::size_t capacity() const noexcept { return large_.empty() ? sizeof short_buffer : large_.size(); }
  void grow() {
    std::string larger(capacity() * 4, '\0');
    larger.replace(0, size_, data(), size_);
    large_ = std::move(larger);
  }

  std::string large_;
  std::size_t size_ = 0;
  bool is_whole_ = false;
};

/// The promise of a helper; what it throws is a rejection.
JSValue promise_of(Value promise) { return promise.is_exception() ? rejected() : promise.release(); }

JSValue read_incoming(JSValueConst self, As as) {
  Incoming incoming;
  if (incoming.is_whole()) return settled(made_of(incoming.view(), as));
  const Value first = made_of(incoming.view(), kBytes);
  const Value source = call_helper("incomingSource", {});
  return promise_of(call_helper("readSource", {self, source.get(), JS_NewInt32(context(), as), first.get()}));
}

JSValue read_here(const Body& body, As as) {
  if (body.kind == Body::Kind::kNone) return settled(made_of("", as));
  if (body.kind == Body::Kind::kString) {
    const Utf8 text(body.content.get());
    // Kept as it is; only what is no text in UTF-16 has to be replaced.
    return text.failed() ? rejected()
                         : settled(as == kJson ? Value(parse_json(text.view())) : made_of(text.view(), as));
  }
  const auto bytes = bytes_of(body.content.get());
  const std::string_view view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return settled(as == kJson ? made_of(std::string(view), as) : made_of(view, as));
}

JSValue read_body(Body& body, JSValueConst self, As as) {
  if (is_taken(body)) {
    JS_ThrowTypeError(context(),
                      is_used(body)
                          ? "the body was used already: it can be read once; clone() before reading it twice"
                          : "the body is locked: a reader has it");
    return rejected();
  }
  const bool is_simple = as <= kBytes;
  const Body::Kind kind = body.kind;
  if (kind == Body::Kind::kStream)
    return promise_of(call_helper("readStream", {self, body.content.get(), JS_NewInt32(context(), as)}));
  body.is_used = kind != Body::Kind::kNone;
  if (is_simple && kind == Body::Kind::kIncoming) return read_incoming(self, as);
  if (is_simple && kind <= Body::Kind::kBytes) return read_here(body, as);
  const Value content = content_of(body);
  return promise_of(
      call_helper("readSource", {self, content.get(), JS_NewInt32(context(), as), JS_UNDEFINED}));
}

/// `as` of the body of a Request or Response.
template <As as>
JSValue read_as(JSContext*, JSValueConst self, int, JSValueConst*) {
  Body* body = body_of(self);
  if (body == nullptr) {
    JS_ThrowTypeError(context(), "Illegal invocation: this is no Request or Response");
    return rejected();
  }
  if ((as == kText || as == kArrayBuffer) && is_at_once(*body))
    return call_helper("readAtOnce", {self, JS_NewInt32(context(), as)}).release();
  return read_body(*body, self, as);
}

/// GET and HEAD have no body that a script could see.
bool is_bodyless_method() {
  const Filled method(
      [](char* buffer, std::size_t capacity) { return wws_v1_request_get(WWS_V1_METHOD, buffer, capacity); });
  return method.view() == "GET" || method.view() == "HEAD";
}

JSValue get_body(JSContext*, JSValueConst self) {
  Body* body = body_of(self);
  if (body == nullptr)
    return JS_ThrowTypeError(context(), "Illegal invocation: this is no Request or Response");
  if (body->kind == Body::Kind::kNone) return JS_NULL;
  if (is_at_once(*body)) return call_helper("readAtOnce", {self, JS_NewInt32(context(), kText)}).release();
  if (body->kind == Body::Kind::kIncoming && is_bodyless_method()) return JS_NULL;
  if (body->kind != Body::Kind::kStream) {
    const Value stream = body->is_used ? call_helper("usedStream", {}) : make_unread_stream(content_of(*body));
    if (stream.is_exception()) return JS_EXCEPTION;
    body->kind = Body::Kind::kStream;
    body->content = Value::copy(stream.get());
  }
  return Value::copy(body->content.get()).release();
}

JSValue get_body_used(JSContext*, JSValueConst self) {
  const Body* body = body_of(self);
  if (body == nullptr)
    return JS_ThrowTypeError(context(), "Illegal invocation: this is no Request or Response");
  return JS_NewBool(context(), is_used(*body));
}

/// setContent(of, content)
JSValue set_content_of(JSContext*, JSValueConst, int, JSValueConst* arguments) {
  if (Body* body = body_of(arguments[0])) set_content(*body, arguments[1]);
  return JS_UNDEFINED;
}

/// peekContent(of): null, a string, bytes, a stream, or a Source; without using it.
JSValue peek_content(JSContext*, JSValueConst, int, JSValueConst* arguments) {
  const Body* body = body_of(arguments[0]);
  return body == nullptr ? JS_NULL : content_of(*body).release();
}

/// takeContent(of): the same; it is used from then on.
JSValue take_content(JSContext*, JSValueConst, int, JSValueConst* arguments) {
  Body* body = body_of(arguments[0]);
  if (body == nullptr) return JS_NULL;
  if (is_taken(*body))
    return JS_ThrowTypeError(context(), "the body was used already; clone() before using it twice");
  Value content = content_of(*body);
  body->is_used = body->kind != Body::Kind::kNone;
  return content.release();
}

JSValue read_at_once(JSContext*, JSValueConst, int, JSValueConst*) {
  is_read_at_once = true;
  return JS_UNDEFINED;
}

const JSCFunctionListEntry kBodyFunctions[] = {
    JS_CFUNC_DEF("setContent", 2, set_content_of),
    JS_CFUNC_DEF("peekContent", 1, peek_content),
    JS_CFUNC_DEF("takeContent", 1, take_content),
    JS_CFUNC_DEF("readAtOnce", 0, read_at_once),
};

}  // namespace

const JSCFunctionListEntry kBodyMembers[] = {
    JS_CFUNC_DEF("arrayBuffer", 0, read_as<kArrayBuffer>),
    JS_CFUNC_DEF("blob", 0, read_as<kBlob>),
    JS_CGETSET_DEF("body", get_body, nullptr),
    JS_CGETSET_DEF("bodyUsed", get_body_used, nullptr),
    JS_CFUNC_DEF("bytes", 0, read_as<kBytes>),
    JS_CFUNC_DEF("formData", 0, read_as<kFormData>),
    JS_CFUNC_DEF("json", 0, read_as<kJson>),
    JS_CFUNC_DEF("text", 0, read_as<kText>),
};
const int kBodyMemberCount = std::size(kBodyMembers);

NativeFunctions body_functions() noexcept { return {kBodyFunctions, std::size(kBodyFunctions)}; }

}  // namespace wws::js
