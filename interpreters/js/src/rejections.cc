#include "rejections.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wws_v1.h"

namespace wws::js {
namespace {

struct Rejection {
  Value promise;
  Value reason;
};
std::vector<Rejection> rejections;
constinit Value describe_function;

void note(JSContext*, JSValueConst promise, JSValueConst reason, bool is_handled, void*) {
  if (is_handled) {
    forget_rejection(promise);
  } else {
    rejections.push_back({Value::copy(promise), Value::copy(reason)});
  }
}

}  // namespace

void watch_rejections(JSRuntime* runtime, Value describe) noexcept {
  describe_function = std::move(describe);
  JS_SetHostPromiseRejectionTracker(runtime, note, nullptr);
}

bool report_rejections() noexcept {
  const bool are_there = !rejections.empty();
  for (const Rejection& rejection : std::exchange(rejections, {})) {
    JSValueConst arguments[] = {rejection.promise.get(), rejection.reason.get()};
    const Value text(JS_Call(context(), describe_function.get(), JS_UNDEFINED, 2, arguments));
    if (JS_IsUndefined(text.get())) continue;
    const Utf8 utf8(text.get());
    std::string line = "a promise was rejected, and nobody handles that: ";
    line += utf8.failed() ? std::string_view("an error that has no text") : utf8.view();
    wws_v1_log(WWS_V1_ERROR, line.data(), line.size());
  }
  return are_there;
}

void forget_rejection(JSValueConst promise) noexcept {
  std::erase_if(rejections, [&](const Rejection& rejection) {
    return JS_VALUE_GET_PTR(rejection.promise.get()) == JS_VALUE_GET_PTR(promise);
  });
}

}  // namespace wws::js
