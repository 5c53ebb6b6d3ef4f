// Headers, as the Fetch standard has them. Their iterators are JavaScript (src/web/headers.js).
#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "atoms.h"
#include "headers.h"
#include "helpers.h"
#include "interface.h"
#include "native.h"

namespace wws::js {
namespace {

struct Headers {
  static constexpr const char* kName = "Headers";
  std::shared_ptr<HeaderList> list;
  template <typename Mark>
  void visit(Mark) const {}  // strings refer to nothing
};
using HeadersInterface = Interface<Headers>;

HeaderList* list_of(JSValueConst self) {
  const Headers* headers = HeadersInterface::self(self);
  return headers == nullptr ? nullptr : headers->list.get();
}

/// Null, and an exception, if they cannot be changed.
HeaderList* changing(HeaderList* list) {
  if (!list->is_immutable()) return list;
  JS_ThrowTypeError(context(), "these headers cannot be changed; make new ones: new Headers(headers)");
  return nullptr;
}

bool append(HeaderList& list, JSValueConst given_name, JSValueConst given_value) {
  Value name = header_name(given_name);
  if (name.is_exception()) return false;
  Value value = header_value(given_value, name);
  if (value.is_exception() || changing(&list) == nullptr) return false;
  list.append(std::move(name), std::move(value));
  return true;
}

/// Of { name: value }.
bool fill_from_record(HeaderList& list, JSValueConst init) {
  JSPropertyEnum* names = nullptr;
  std::uint32_t count = 0;
  if (JS_GetOwnPropertyNames(context(), &names, &count, init, JS_GPN_STRING_MASK | JS_GPN_SYMBOL_MASK) < 0)
    return false;
  bool is_good = true;
  for (std::uint32_t i = 0; i < count && is_good; ++i) {
    JSPropertyDescriptor property;
    const int found = JS_GetOwnProperty(context(), &property, init, names[i].atom);
    if (found <= 0) {
      is_good = found == 0;
      continue;
    }
    JS_FreeValue(context(), property.value);
    JS_FreeValue(context(), property.getter);
    JS_FreeValue(context(), property.setter);
    if ((property.flags & JS_PROP_ENUMERABLE) == 0) continue;
    const Value name(JS_AtomToValue(context(), names[i].atom));
    if (JS_IsSymbol(name.get())) {
      JS_ThrowTypeError(context(), "a symbol is no header name");
      is_good = false;
      continue;
    }
    const Value value(JS_GetProperty(context(), init, names[i].atom));
    is_good = !value.is_exception() && append(list, name.get(), value.get());
  }
  JS_FreePropertyEnum(context(), names, count);
  return is_good;
}

/// Of [[name, value], ...], or what can be iterated so.
bool fill_from_pairs(HeaderList& list, JSValueConst init) {
  const Value pairs = call_helper("headerPairs", {init});
  std::int64_t count = 0;
  if (pairs.is_exception() || JS_GetLength(context(), pairs.get(), &count) < 0) return false;
  for (std::uint32_t i = 0; i + 1 < count; i += 2) {
    const Value name(JS_GetPropertyUint32(context(), pairs.get(), i));
    const Value value(JS_GetPropertyUint32(context(), pairs.get(), i + 1));
    if (!append(list, name.get(), value.get())) return false;
  }
  return true;
}

JSValue construct(JSContext*, JSValueConst new_target, int argc, JSValueConst* arguments) {
  auto list = std::make_shared<HeaderList>();
  if (argc > 0 && !fill_headers(*list, arguments[0])) return JS_EXCEPTION;
  return HeadersInterface::make_object(new_target, new Headers{std::move(list)}).release();
}

JSValue append_header(JSContext*, JSValueConst self, int argc, JSValueConst* arguments) {
  HeaderList* list = list_of(self);
  if (list == nullptr || !need_arguments(argc, 2, "Headers.append")) return JS_EXCEPTION;
  return append(*list, arguments[0], arguments[1]) ? JS_UNDEFINED : JS_EXCEPTION;
}

JSValue set_header(JSContext*, JSValueConst self, int argc, JSValueConst* arguments) {
  HeaderList* list = list_of(self);
  if (list == nullptr || !need_arguments(argc, 2, "Headers.set")) return JS_EXCEPTION;
  Value name = header_name(arguments[0]);
  if (name.is_exception()) return JS_EXCEPTION;
  Value value = header_value(arguments[1], name);
  if (value.is_exception() || changing(list) == nullptr) return JS_EXCEPTION;
  list->set(std::move(name), std::move(value));
  return JS_UNDEFINED;
}

JSValue delete_header(JSContext*, JSValueConst self, int argc, JSValueConst* arguments) {
  HeaderList* list = list_of(self);
  if (list == nullptr || !need_arguments(argc, 1, "Headers.delete")) return JS_EXCEPTION;
  const Value name = header_name(arguments[0]);
  if (name.is_exception() || changing(list) == nullptr) return JS_EXCEPTION;
  list->remove(name);
  return JS_UNDEFINED;
}

JSValue get_header(JSContext*, JSValueConst self, int argc, JSValueConst* arguments) {
  HeaderList* list = list_of(self);
  if (list == nullptr || !need_arguments(argc, 1, "Headers.get")) return JS_EXCEPTION;
  const Value name = header_name(arguments[0]);
  return name.is_exception() ? JS_EXCEPTION : list->get(name).release();
}

JSValue has_header(JSContext*, JSValueConst self, int argc, JSValueConst* arguments) {
  HeaderList* list = list_of(self);
  if (list == nullptr || !need_arguments(argc, 1, "Headers.has")) return JS_EXCEPTION;
  const Value name = header_name(arguments[0]);
  return name.is_exception() ? JS_EXCEPTION : JS_NewBool(context(), list->has(name));
}

bool is_set_cookie(const Header& header) { return Utf8(header.name.get()).view() == "set-cookie"; }

JSValue get_set_cookie(JSContext*, JSValueConst self, int, JSValueConst*) {
  HeaderList* list = list_of(self);
  if (list == nullptr) return JS_EXCEPTION;
  JSValue values = JS_NewArray(context());
  std::uint32_t count = 0;
  for (const Header& each : list->all()) {
    if (!is_set_cookie(each)) continue;
    JS_SetPropertyUint32(context(), values, count++, Value::copy(each.value.get()).release());
  }
  return values;
}

/// headerList(headers): [name in lower case, value, ...], as they were added.
JSValue header_list(JSContext*, JSValueConst, int, JSValueConst* arguments) {
  HeaderList* list = list_of(arguments[0]);
  if (list == nullptr) return JS_EXCEPTION;
  JSValue values = JS_NewArray(context());
  std::uint32_t count = 0;
  for (const Header& each : list->all()) {
    JS_SetPropertyUint32(context(), values, count++, Value::copy(each.name.get()).release());
    JS_SetPropertyUint32(context(), values, count++, Value::copy(each.value.get()).release());
  }
  return values;
}

JSValue freeze_headers(JSContext*, JSValueConst, int, JSValueConst* arguments) {
  HeaderList* list = list_of(arguments[0]);
  if (list == nullptr) return JS_EXCEPTION;
  list->freeze();
  return JS_UNDEFINED;
}

JSValue take_camel_case_names(JSContext*, JSValueConst, int, JSValueConst*) {
  take_camel_case();
  return JS_UNDEFINED;
}

const JSCFunctionListEntry kMembers[] = {
    JS_CFUNC_DEF("append", 2, append_header), JS_CFUNC_DEF("delete", 1, delete_header),
    JS_CFUNC_DEF("get", 1, get_header),       JS_CFUNC_DEF("getSetCookie", 0, get_set_cookie),
    JS_CFUNC_DEF("has", 1, has_header),       JS_CFUNC_DEF("set", 2, set_header),
};
const JSCFunctionListEntry kHeadersFunctions[] = {
    JS_CFUNC_DEF("headerList", 1, header_list),
    JS_CFUNC_DEF("freezeHeaders", 1, freeze_headers),
    JS_CFUNC_DEF("takeCamelCase", 0, take_camel_case_names),
};

}  // namespace

Value make_headers(std::shared_ptr<HeaderList> list) {
  return HeadersInterface::make_object(new Headers{std::move(list)});
}

bool fill_headers(HeaderList& list, JSValueConst init) {
  if (JS_IsUndefined(init)) return true;
  if (const Headers* other = HeadersInterface::of(init)) {
    list.copy_from(*other->list);
    return true;
  }
  if (!JS_IsObject(init)) {
    JS_ThrowTypeError(context(), "Headers are made of an object, or of pairs of a name and a value");
    return false;
  }
  const Value iterate(JS_GetProperty(context(), init, atoms::iterator));
  if (iterate.is_exception()) return false;
  if (JS_IsUndefined(iterate.get()) || JS_IsNull(iterate.get())) return fill_from_record(list, init);
  return fill_from_pairs(list, init);
}

Value headers_type() { return HeadersInterface::make(JS_GetRuntime(context()), construct, 0, kMembers); }

NativeFunctions headers_functions() noexcept { return {kHeadersFunctions, std::size(kHeadersFunctions)}; }

}  // namespace wws::js
