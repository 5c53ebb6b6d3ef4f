// The key-value store.
#include <iterator>
#include <span>
#include <string_view>

#include "filled.h"
#include "native.h"
#include "value.h"
#include "wws_v1.h"

namespace wws::js {
namespace {

/// A value to store: bytes as they are, anything else as text.
class Content {
 public:
  explicit Content(JSValueConst value)
      : bytes_(bytes_of(value)), text_(bytes_.data() == nullptr ? value : JS_UNDEFINED) {}
  bool failed() const noexcept { return text_.failed(); }
  const char* data() const noexcept {
    return bytes_.data() == nullptr ? text_.data() : reinterpret_cast<const char*>(bytes_.data());
  }
  std::size_t size() const noexcept { return bytes_.data() == nullptr ? text_.size() : bytes_.size(); }

 private:
  std::span<std::uint8_t> bytes_;
  Utf8 text_;
};

JSValue operation(std::int32_t code) { return JS_NewInt32(context(), code); }

JSValue kv_get(JSContext*, JSValueConst, int, JSValueConst* arguments) {
  const Utf8 key(arguments[0]);
  return key.failed() ? JS_EXCEPTION : operation(wws_v1_kv_get(key.data(), key.size()));
}

/// kvSelect(name): 0, or a code below it.
JSValue kv_select(JSContext*, JSValueConst, int, JSValueConst* arguments) {
  const Utf8 name(arguments[0]);
  return name.failed() ? JS_EXCEPTION : operation(wws_v1_kv_select(name.data(), name.size()));
}

/// kvGetMany(keys): bytes, as the ABI has them.
JSValue kv_get_many(JSContext*, JSValueConst, int, JSValueConst* arguments) {
  const Content keys(arguments[0]);
  return keys.failed() ? JS_EXCEPTION : operation(wws_v1_kv_get_many(keys.data(), keys.size()));
}

/// kvPut(key, value, time to live, condition, metadata or undefined)
JSValue kv_put(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const Utf8 key(arguments[0]);
  const Content content(arguments[1]);
  std::int64_t time_to_live = 0;
  std::uint32_t condition = 0;
  if (key.failed() || content.failed() || JS_ToInt64(context, &time_to_live, arguments[2]) < 0 ||
      JS_ToUint32(context, &condition, arguments[3]) < 0)
    return JS_EXCEPTION;
  if (JS_IsUndefined(arguments[4]))
    return operation(
        wws_v1_kv_put(key.data(), key.size(), content.data(), content.size(), time_to_live, condition));
  const Utf8 metadata(arguments[4]);
  if (metadata.failed()) return JS_EXCEPTION;
  return operation(wws_v1_kv_put_with_metadata(key.data(), key.size(), content.data(), content.size(),
                                               metadata.data(), metadata.size(), time_to_live, condition));
}

JSValue kv_delete(JSContext*, JSValueConst, int, JSValueConst* arguments) {
  const Utf8 key(arguments[0]);
  return key.failed() ? JS_EXCEPTION : operation(wws_v1_kv_delete(key.data(), key.size()));
}

/// kvIncrement(key, by, time to live)
JSValue kv_increment(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const Utf8 key(arguments[0]);
  std::int64_t by = 0;
  std::int64_t time_to_live = 0;
  if (key.failed() || JS_ToInt64Ext(context, &by, arguments[1]) < 0 ||
      JS_ToInt64(context, &time_to_live, arguments[2]) < 0)
    return JS_EXCEPTION;
  return operation(wws_v1_kv_increment(key.data(), key.size(), by, time_to_live));
}

/// kvCompareAndSwap(key, version, value, time to live); a version is a BigInt.
JSValue kv_compare_and_swap(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const Utf8 key(arguments[0]);
  const Content content(arguments[2]);
  std::int64_t version = 0;
  std::int64_t time_to_live = 0;
  if (key.failed() || content.failed() || JS_ToInt64Ext(context, &version, arguments[1]) < 0 ||
      JS_ToInt64(context, &time_to_live, arguments[3]) < 0)
    return JS_EXCEPTION;
  return operation(wws_v1_kv_compare_and_swap(key.data(), key.size(), static_cast<std::uint64_t>(version),
                                              content.data(), content.size(), time_to_live));
}

/// kvTransaction(changes): bytes, as the ABI has them.
JSValue kv_transaction(JSContext*, JSValueConst, int, JSValueConst* arguments) {
  const Content changes(arguments[0]);
  return changes.failed() ? JS_EXCEPTION : operation(wws_v1_kv_transaction(changes.data(), changes.size()));
}

/// kvList(prefix, after, limit): keys with what is known of them, without their values.
JSValue kv_list(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const Utf8 prefix(arguments[0]);
  const Content after(arguments[1]);
  std::uint32_t limit = 0;
  if (prefix.failed() || after.failed() || JS_ToUint32(context, &limit, arguments[2]) < 0)
    return JS_EXCEPTION;
  return operation(
      wws_v1_kv_list(prefix.data(), prefix.size(), after.data(), after.size(), limit, WWS_V1_LIST_METADATA));
}

/// An operation's bytes, or a code below 0.
template <class Result>
JSValue give_result(JSContext* context, JSValueConst operation, Result result) {
  std::uint32_t of = 0;
  if (JS_ToUint32(context, &of, operation) < 0) return JS_EXCEPTION;
  const Filled filled([&](char* buffer, std::size_t capacity) { return result(of, buffer, capacity); });
  if (filled.length() < 0) return JS_NewInt32(context, filled.length());
  return JS_NewUint8ArrayCopy(context, reinterpret_cast<const std::uint8_t*>(filled.view().data()),
                              filled.view().size());
}

/// kvResult(operation)
JSValue kv_result(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  return give_result(context, arguments[0], wws_v1_kv_result);
}

/// kvResultWithMetadata(operation)
JSValue kv_result_with_metadata(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  return give_result(context, arguments[0], wws_v1_kv_result_with_metadata);
}

const JSCFunctionListEntry kKvFunctions[] = {
    JS_CFUNC_DEF("kvSelect", 1, kv_select),
    JS_CFUNC_DEF("kvGet", 1, kv_get),
    JS_CFUNC_DEF("kvGetMany", 1, kv_get_many),
    JS_CFUNC_DEF("kvPut", 5, kv_put),
    JS_CFUNC_DEF("kvDelete", 1, kv_delete),
    JS_CFUNC_DEF("kvIncrement", 3, kv_increment),
    JS_CFUNC_DEF("kvCompareAndSwap", 4, kv_compare_and_swap),
    JS_CFUNC_DEF("kvList", 3, kv_list),
    JS_CFUNC_DEF("kvTransaction", 1, kv_transaction),
    JS_CFUNC_DEF("kvResult", 1, kv_result),
    JS_CFUNC_DEF("kvResultWithMetadata", 1, kv_result_with_metadata),
};

}  // namespace

NativeFunctions kv_functions() noexcept { return {kKvFunctions, std::size(kKvFunctions)}; }

}  // namespace wws::js
