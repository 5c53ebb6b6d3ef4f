// The URL standard, by ada.
#include <iterator>
#include <string>
#include <string_view>

#include "ada.h"
#include "native.h"
#include "value.h"

namespace wws::js {
namespace {

/// [href, origin, protocol, username, password, host, hostname, port, pathname, search, hash]
JSValue parts_of(const ada::url_aggregator& url) {
  JSValue parts = JS_NewArray(context());
  std::uint32_t index = 0;
  const auto add = [&](std::string_view text) {
    JS_SetPropertyUint32(context(), parts, index++, new_string(text));
  };
  add(url.get_href());
  add(url.get_origin());
  add(url.get_protocol());
  add(url.get_username());
  add(url.get_password());
  add(url.get_host());
  add(url.get_hostname());
  add(url.get_port());
  add(url.get_pathname());
  add(url.get_search());
  add(url.get_hash());
  return parts;
}

/// parseUrl(text, base?): its parts; null: it is none.
JSValue parse_url(JSContext*, JSValueConst, int count, JSValueConst* arguments) {
  const Utf8 text(arguments[0]);
  if (text.failed()) return JS_EXCEPTION;
  if (count > 1 && !JS_IsUndefined(arguments[1])) {
    const Utf8 base_text(arguments[1]);
    if (base_text.failed()) return JS_EXCEPTION;
    const auto base = ada::parse<ada::url_aggregator>(base_text.view());
    if (!base) return JS_NULL;
    const auto url = ada::parse<ada::url_aggregator>(text.view(), &*base);
    return url ? parts_of(*url) : JS_NULL;
  }
  const auto url = ada::parse<ada::url_aggregator>(text.view());
  return url ? parts_of(*url) : JS_NULL;
}

/// setUrl(href, part, value): the parts of the changed URL, `part` counted as above.
JSValue set_url(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const Utf8 href(arguments[0]);
  std::int32_t part = 0;
  if (href.failed() || JS_ToInt32(context, &part, arguments[1]) < 0) return JS_EXCEPTION;
  const Utf8 value(arguments[2]);
  if (value.failed()) return JS_EXCEPTION;
  auto url = ada::parse<ada::url_aggregator>(href.view());
  if (!url) return JS_NULL;
  switch (part) {
    case 0:
      if (!url->set_href(value.view())) return JS_NULL;
      break;
    case 2:
      url->set_protocol(value.view());
      break;
    case 3:
      url->set_username(value.view());
      break;
    case 4:
      url->set_password(value.view());
      break;
    case 5:
      url->set_host(value.view());
      break;
    case 6:
      url->set_hostname(value.view());
      break;
    case 7:
      url->set_port(value.view());
      break;
    case 8:
      url->set_pathname(value.view());
      break;
    case 9:
      url->set_search(value.view());
      break;
    case 10:
      url->set_hash(value.view());
      break;
    default:
      break;
  }
  return parts_of(*url);
}

/// parseQuery(text): [name, value, ...]. A question mark at its begin is part of the first name.
JSValue parse_query(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const Utf8 text(arguments[0]);
  if (text.failed()) return JS_EXCEPTION;
  // ada takes one off.
  std::string query = "?";
  query += text.view();
  const ada::url_search_params params(query);
  JSValue array = JS_NewArray(context);
  std::uint32_t index = 0;
  for (const auto& [name, value] : params) {
    JS_SetPropertyUint32(context, array, index++, new_string(name));
    JS_SetPropertyUint32(context, array, index++, new_string(value));
  }
  return array;
}

/// formatQuery([name, value, ...])
JSValue format_query(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  std::int64_t count = 0;
  if (JS_GetLength(context, arguments[0], &count) < 0) return JS_EXCEPTION;
  ada::url_search_params params;
  for (std::uint32_t i = 0; i + 1 < count; i += 2) {
    const Value name_value(JS_GetPropertyUint32(context, arguments[0], i));
    const Value value_value(JS_GetPropertyUint32(context, arguments[0], i + 1));
    const Utf8 name(name_value.get());
    const Utf8 value(value_value.get());
    if (name.failed() || value.failed()) return JS_EXCEPTION;
    params.append(name.view(), value.view());
  }
  return new_string(params.to_string());
}

const JSCFunctionListEntry kUrlFunctions[] = {
    JS_CFUNC_DEF("parseUrl", 2, parse_url),
    JS_CFUNC_DEF("setUrl", 3, set_url),
    JS_CFUNC_DEF("parseQuery", 1, parse_query),
    JS_CFUNC_DEF("formatQuery", 1, format_query),
};

}  // namespace

NativeFunctions url_functions() noexcept { return {kUrlFunctions, std::size(kUrlFunctions)}; }

}  // namespace wws::js
