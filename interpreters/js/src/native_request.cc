// Request. Who makes one is served by JavaScript (src/web/request.js); the one that is answered asks the
// server.
#include <iterator>
#include <utility>
#include <vector>

#include "atoms.h"
#include "body.h"
#include "filled.h"
#include "headers.h"
#include "helpers.h"
#include "interface.h"
#include "native.h"
#include "request.h"
#include "types.h"
#include "wws_v1.h"

namespace wws::js {
namespace {

/// { method, url, headers, signal, params, content, options }, where src/web/request.js has checked all.
Value request_of(JSValueConst new_target, const Value& parts) {
  auto request = std::make_unique<Request>();
  request->method = parts.property("method");
  request->url = parts.property("url");
  request->headers = parts.property("headers");
  request->signal = parts.property("signal");
  request->params = parts.property("params");
  request->options = parts.property("options");
  set_content(request->body, parts.property("content").get());
  if (JS_IsUndefined(new_target)) return RequestInterface::make_object(request.release());
  return RequestInterface::make_object(new_target, request.release());
}

JSValue construct_request(JSContext*, JSValueConst new_target, int argc, JSValueConst* arguments) {
  if (!need_arguments(argc, 1, "new Request")) return JS_EXCEPTION;
  const Value parts = call_helper("requestParts", {arguments[0], argc > 1 ? arguments[1] : JS_UNDEFINED});
  return parts.is_exception() ? JS_EXCEPTION : request_of(new_target, parts).release();
}

Value asked(std::uint32_t field) {
  const Filled filled(
      [field](char* buffer, std::size_t capacity) { return wws_v1_request_get(field, buffer, capacity); });
  return Value(filled.length() < 0 ? JS_NULL : new_string(filled.view()));
}

Value asked_parameters() {
  Value params(JS_NewObject(context()));
  const Filled filled(
      [](char* buffer, std::size_t capacity) { return wws_v1_request_params(buffer, capacity); });
  each_entry(filled.view(), [&](std::string_view name, std::string_view value) {
    const JSAtom atom = atoms::of(name);
    JS_DefinePropertyValue(context(), params.get(), atom, new_string(value), JS_PROP_C_W_E);
    JS_FreeAtom(context(), atom);
  });
  return params;
}

/// The member of a request, which `make` makes when it is first asked for.
template <Value Request::* member, auto make>
JSValue get_made(JSContext*, JSValueConst self) {
  Request* request = RequestInterface::self(self);
  if (request == nullptr) return JS_EXCEPTION;
  Value& value = request->*member;
  if (JS_IsUndefined(value.get())) value = make(*request);
  return Value::copy(value.get()).release();
}

Value make_method(Request&) { return asked(WWS_V1_METHOD); }
Value make_url(Request&) { return asked(WWS_V1_URL); }
Value make_params(Request& request) {
  return request.is_incoming ? asked_parameters() : Value(JS_NewObject(context()));
}
Value make_own_headers(Request& request) {
  request.list = HeaderList::incoming();
  return make_headers(request.list);
}
Value make_signal(Request&) { return call_helper("newSignal", {}); }

/// Routers inside of a worker put theirs there.
JSValue set_params(JSContext*, JSValueConst self, JSValueConst value) {
  Request* request = RequestInterface::self(self);
  if (request == nullptr) return JS_EXCEPTION;
  request->params = Value::copy(value);
  return JS_UNDEFINED;
}

struct Option {
  const char* name;
  const char* usual;
};
constexpr Option kOptions[] = {{"cache", "default"},
                               {"credentials", "same-origin"},
                               {"mode", "cors"},
                               {"redirect", "follow"},
                               {"integrity", ""},
                               {"referrer", "about:client"},
                               {"referrerPolicy", ""}};

JSValue get_option(JSContext*, JSValueConst self, int which) {
  const Request* request = RequestInterface::self(self);
  if (request == nullptr) return JS_EXCEPTION;
  const Option& option = kOptions[which];
  if (JS_IsUndefined(request->options.get())) return new_string(option.usual);
  return request->options.property(option.name).release();
}

JSValue get_keepalive(JSContext* context, JSValueConst self) {
  const Request* request = RequestInterface::self(self);
  if (request == nullptr) return JS_EXCEPTION;
  if (JS_IsUndefined(request->options.get())) return JS_NewBool(context, false);
  return request->options.property("keepalive").release();
}

/// Those that are the same for all.
constexpr const char* kFixed[] = {"", "half"};
JSValue get_fixed(JSContext*, JSValueConst self, int which) {
  return RequestInterface::self(self) == nullptr ? JS_EXCEPTION : new_string(kFixed[which]);
}
JSValue get_false(JSContext* context, JSValueConst self) {
  return RequestInterface::self(self) == nullptr ? JS_EXCEPTION : JS_NewBool(context, false);
}

JSValue clone_request(JSContext*, JSValueConst self, int, JSValueConst*) {
  Request* request = RequestInterface::self(self);
  if (request == nullptr) return JS_EXCEPTION;
  Body copy;
  if (!tee_body(request->body, copy)) return JS_EXCEPTION;
  const Value content = content_of(copy);
  const Value parts = call_helper("clonedParts", {self, content.get()});
  if (parts.is_exception()) return JS_EXCEPTION;
  Value cloned = request_of(JS_UNDEFINED, parts);
  RequestInterface::of(cloned.get())->options = Value::copy(request->options.get());
  return cloned.release();
}

/// optionsOf(request): undefined, or what request.js has made of them.
JSValue options_of(JSContext*, JSValueConst, int, JSValueConst* arguments) {
  const Request* request = RequestInterface::of(arguments[0]);
  return request == nullptr ? JS_UNDEFINED : Value::copy(request->options.get()).release();
}

/// isRequest(value)
JSValue is_request(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  return JS_NewBool(context, RequestInterface::of(arguments[0]) != nullptr);
}

const JSCFunctionListEntry kRequestMembers[] = {
    JS_CGETSET_MAGIC_DEF("cache", get_option, nullptr, 0),
    JS_CFUNC_DEF("clone", 0, clone_request),
    JS_CGETSET_MAGIC_DEF("credentials", get_option, nullptr, 1),
    JS_CGETSET_MAGIC_DEF("destination", get_fixed, nullptr, 0),
    JS_CGETSET_MAGIC_DEF("duplex", get_fixed, nullptr, 1),
    JS_CGETSET_DEF("headers", (get_made<&Request::headers, make_own_headers>), nullptr),
    JS_CGETSET_MAGIC_DEF("integrity", get_option, nullptr, 4),
    JS_CGETSET_DEF("isHistoryNavigation", get_false, nullptr),
    JS_CGETSET_DEF("isReloadNavigation", get_false, nullptr),
    JS_CGETSET_DEF("keepalive", get_keepalive, nullptr),
    JS_CGETSET_DEF("method", (get_made<&Request::method, make_method>), nullptr),
    JS_CGETSET_MAGIC_DEF("mode", get_option, nullptr, 2),
    JS_CGETSET_DEF("params", (get_made<&Request::params, make_params>), set_params),
    JS_CGETSET_MAGIC_DEF("redirect", get_option, nullptr, 3),
    JS_CGETSET_MAGIC_DEF("referrer", get_option, nullptr, 5),
    JS_CGETSET_MAGIC_DEF("referrerPolicy", get_option, nullptr, 6),
    JS_CGETSET_DEF("signal", (get_made<&Request::signal, make_signal>), nullptr),
    JS_CGETSET_DEF("url", (get_made<&Request::url, make_url>), nullptr),
};
const JSCFunctionListEntry kRequestFunctions[] = {
    JS_CFUNC_DEF("optionsOf", 1, options_of),
    JS_CFUNC_DEF("isRequest", 1, is_request),
};

}  // namespace

Value incoming_request() {
  auto* request = new Request;
  request->is_incoming = true;
  request->body.kind = Body::Kind::kIncoming;
  return RequestInterface::make_object(request);
}

Value request_type() {
  std::vector<JSCFunctionListEntry> members(std::begin(kRequestMembers), std::end(kRequestMembers));
  members.insert(members.end(), kBodyMembers, kBodyMembers + kBodyMemberCount);
  static const std::vector<JSCFunctionListEntry> kept = std::move(members);  // functions are made of it later
  return RequestInterface::make(JS_GetRuntime(context()), construct_request, 1, kept);
}

NativeFunctions request_functions() noexcept { return {kRequestFunctions, std::size(kRequestFunctions)}; }

}  // namespace wws::js
