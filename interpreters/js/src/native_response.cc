// Response. What is rare of it is JavaScript (src/web/response.js).
#include <cmath>
#include <iterator>
#include <utility>
#include <vector>

#include "atoms.h"
#include "body.h"
#include "headers.h"
#include "interface.h"
#include "native.h"
#include "response.h"
#include "types.h"

namespace wws::js {
namespace {

constexpr const char* kContentType = "content-type";

/// Strings that answers have again and again.
constinit Value content_type_name;
constinit Value text_type;
constinit Value json_type;

bool is_nothing(JSValueConst value) { return JS_IsUndefined(value) || JS_IsNull(value); }

bool read_status(Response& response, JSValueConst given) {
  if (JS_IsUndefined(given)) return true;
  double number = 0;
  if (JS_ToFloat64(context(), &number, given) < 0) return false;
  number = std::trunc(number);
  if (number >= 200 && number <= 599) {
    response.status = static_cast<std::int32_t>(number);
    return true;
  }
  const Utf8 text(given);
  JS_ThrowRangeError(context(), "the status of a Response is 200 to 599, and not %s",
                     text.failed() ? "that" : text.data());
  return false;
}

bool read_status_text(Response& response, JSValueConst given) {
  if (JS_IsUndefined(given)) return true;
  response.status_text = Value(JS_ToString(context(), given));
  if (response.status_text.is_exception()) return false;
  const Utf8 text(response.status_text.get());
  if (text.failed()) return false;
  for (const char each : text.view()) {
    const auto byte = static_cast<unsigned char>(each);
    if ((byte >= 0x20 || byte == '\t') && byte != 0x7F && byte <= 0xC3) continue;
    JS_ThrowTypeError(context(), "Invalid statusText");
    return false;
  }
  return true;
}

/// { headers, status, statusText }
bool read_init(Response& response, JSValueConst init) {
  if (is_nothing(init)) return true;
  if (!JS_IsObject(init)) {
    JS_ThrowTypeError(context(), "what a Response is made with is an object: { status, headers }");
    return false;
  }
  const Value headers(JS_GetProperty(context(), init, atoms::headers));
  const Value status(JS_GetProperty(context(), init, atoms::status));
  const Value status_text(JS_GetProperty(context(), init, atoms::status_text));
  if (headers.is_exception() || status.is_exception() || status_text.is_exception()) return false;
  if (!read_status(response, status.get()) || !read_status_text(response, status_text.get())) return false;
  if (JS_IsUndefined(headers.get())) return true;
  response.list = std::make_shared<HeaderList>();
  return fill_headers(*response.list, headers.get());
}

bool may_have_body(const Response& response) {
  switch (response.status) {
    case 204:
    case 205:
    case 304:
      JS_ThrowTypeError(context(), "a Response of the status %d has no body",
                        static_cast<int>(response.status));
      return false;
    default:
      return true;
  }
}

void imply_type(Response& response, Value type) {
  if (response.list == nullptr || !response.list->has(content_type_name))
    response.implied_type = std::move(type);
}

bool read_body(Response& response, JSValueConst given) {
  if (is_nothing(given)) return true;
  if (!may_have_body(response)) return false;
  if (JS_IsString(given)) {
    response.body.set_string(Value::copy(given));
    imply_type(response, Value::copy(text_type.get()));
    return true;
  }
  Value type;
  if (!extract_body(response.body, type, given)) return false;
  if (!JS_IsNull(type.get())) imply_type(response, std::move(type));
  return true;
}

JSValue construct_response(JSContext*, JSValueConst new_target, int argc, JSValueConst* arguments) {
  auto response = std::make_unique<Response>();
  if (argc > 1 && !read_init(*response, arguments[1])) return JS_EXCEPTION;
  if (argc > 0 && !read_body(*response, arguments[0])) return JS_EXCEPTION;
  return ResponseInterface::make_object(new_target, response.release()).release();
}

/// Response.json(data, init)
JSValue json(JSContext*, JSValueConst, int argc, JSValueConst* arguments) {
  if (!need_arguments(argc, 1, "Response.json")) return JS_EXCEPTION;
  Value text(JS_JSONStringify(context(), arguments[0], JS_UNDEFINED, JS_UNDEFINED));
  if (text.is_exception()) return JS_EXCEPTION;
  if (!JS_IsString(text.get())) return JS_ThrowTypeError(context(), "the value cannot be written as JSON");
  auto response = std::make_unique<Response>();
  if (argc > 1 && !read_init(*response, arguments[1])) return JS_EXCEPTION;
  if (!may_have_body(*response)) return JS_EXCEPTION;
  response->body.set_string(std::move(text));
  imply_type(*response, Value::copy(json_type.get()));
  return ResponseInterface::make_object(response.release()).release();
}

JSValue get_status(JSContext* context, JSValueConst self) {
  const Response* response = ResponseInterface::self(self);
  return response == nullptr ? JS_EXCEPTION : JS_NewInt32(context, response->status);
}

JSValue get_ok(JSContext* context, JSValueConst self) {
  const Response* response = ResponseInterface::self(self);
  if (response == nullptr) return JS_EXCEPTION;
  return JS_NewBool(context, response->status >= 200 && response->status <= 299);
}

JSValue get_redirected(JSContext* context, JSValueConst self) {
  const Response* response = ResponseInterface::self(self);
  return response == nullptr ? JS_EXCEPTION : JS_NewBool(context, response->is_redirected);
}

JSValue get_type(JSContext*, JSValueConst self) {
  const Response* response = ResponseInterface::self(self);
  return response == nullptr ? JS_EXCEPTION : new_string(response->is_error ? "error" : "default");
}

template <Value Response::* member>
JSValue get_text(JSContext*, JSValueConst self) {
  const Response* response = ResponseInterface::self(self);
  if (response == nullptr) return JS_EXCEPTION;
  const Value& text = response->*member;
  return JS_IsUndefined(text.get()) ? new_string("") : Value::copy(text.get()).release();
}

JSValue get_headers(JSContext*, JSValueConst self) {
  Response* response = ResponseInterface::self(self);
  if (response == nullptr) return JS_EXCEPTION;
  if (JS_IsUndefined(response->headers.get())) {
    response->fields();
    response->headers = make_headers(response->list);
  }
  return Value::copy(response->headers.get()).release();
}

JSValue clone_response(JSContext*, JSValueConst self, int, JSValueConst*) {
  Response* response = ResponseInterface::self(self);
  if (response == nullptr) return JS_EXCEPTION;
  auto copy = std::make_unique<Response>();
  if (!tee_body(response->body, copy->body)) return JS_EXCEPTION;
  copy->status = response->status;
  copy->fields().copy_from(response->fields());
  if (response->list->is_immutable()) copy->list->freeze();
  copy->status_text = Value::copy(response->status_text.get());
  copy->url = Value::copy(response->url.get());
  copy->is_redirected = response->is_redirected;
  copy->is_error = response->is_error;
  return ResponseInterface::make_object(copy.release()).release();
}

/// makeResponse(status, [name, value, ...], content, url, redirected, statusText?): what came from elsewhere; nothing
/// is checked, and its headers do not change. The status 0 is an error.
JSValue make_response(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  auto response = std::make_unique<Response>();
  std::int64_t count = 0;
  if (JS_ToInt32(context, &response->status, arguments[0]) < 0 ||
      JS_GetLength(context, arguments[1], &count) < 0)
    return JS_EXCEPTION;
  HeaderList& list = response->fields();
  for (std::uint32_t i = 0; i + 1 < count; i += 2)
    list.append(Value(JS_GetPropertyUint32(context, arguments[1], i)),
                Value(JS_GetPropertyUint32(context, arguments[1], i + 1)));
  list.freeze();
  set_content(response->body, arguments[2]);
  response->url = Value::copy(arguments[3]);
  response->is_redirected = JS_ToBool(context, arguments[4]) > 0;
  response->is_error = response->status == 0;
  response->status_text = Value::copy(arguments[5]);
  return ResponseInterface::make_object(response.release()).release();
}

const JSCFunctionListEntry kResponseMembers[] = {
    JS_CFUNC_DEF("clone", 0, clone_response),
    JS_CGETSET_DEF("headers", get_headers, nullptr),
    JS_CGETSET_DEF("ok", get_ok, nullptr),
    JS_CGETSET_DEF("redirected", get_redirected, nullptr),
    JS_CGETSET_DEF("status", get_status, nullptr),
    JS_CGETSET_DEF("statusText", get_text<&Response::status_text>, nullptr),
    JS_CGETSET_DEF("type", get_type, nullptr),
    JS_CGETSET_DEF("url", get_text<&Response::url>, nullptr),
};
const JSCFunctionListEntry kStatics[] = {JS_CFUNC_DEF("json", 1, json)};
const JSCFunctionListEntry kResponseFunctions[] = {JS_CFUNC_DEF("makeResponse", 6, make_response)};

}  // namespace

HeaderList& Response::fields() {
  if (list == nullptr) list = std::make_shared<HeaderList>();
  if (!JS_IsUndefined(implied_type.get())) {
    list->append(Value::copy(content_type_name.get()), std::move(implied_type));
    implied_type = Value();
  }
  return *list;
}

Value response_type() {
  content_type_name = Value(JS_NewAtomString(context(), kContentType));
  text_type = Value(new_string("text/plain;charset=UTF-8"));
  json_type = Value(new_string("application/json"));
  std::vector<JSCFunctionListEntry> members(std::begin(kResponseMembers), std::end(kResponseMembers));
  members.insert(members.end(), kBodyMembers, kBodyMembers + kBodyMemberCount);
  static const std::vector<JSCFunctionListEntry> kept = std::move(members);  // functions are made of it later
  Value type = ResponseInterface::make(JS_GetRuntime(context()), construct_response, 0, kept);
  JS_SetPropertyFunctionList(context(), type.get(), kStatics, std::size(kStatics));
  return type;
}

NativeFunctions response_functions() noexcept { return {kResponseFunctions, std::size(kResponseFunctions)}; }

}  // namespace wws::js
