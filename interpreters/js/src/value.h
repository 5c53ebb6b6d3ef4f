// Values of the engine with an owner. One thread, one context: that of context().
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "quickjs.h"

namespace wws::js {

/// The one context of this module; made by start().
JSContext* context() noexcept;
void set_context(JSContext* made) noexcept;

/// One reference to a value, given back at the end.
class Value {
 public:
  constexpr Value() noexcept = default;
  explicit Value(JSValue owned) noexcept : value_(owned) {}
  Value(Value&& other) noexcept : value_(std::exchange(other.value_, JS_UNDEFINED)) {}
  Value& operator=(Value&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Value() { JS_FreeValue(context(), value_); }

  static Value copy(JSValueConst of) noexcept { return Value(JS_DupValue(context(), of)); }

  JSValueConst get() const noexcept { return value_; }
  JSValue release() noexcept { return std::exchange(value_, JS_UNDEFINED); }
  bool is_exception() const noexcept { return JS_IsException(value_); }
  Value property(const char* name) const noexcept {
    return Value(JS_GetPropertyStr(context(), value_, name));
  }

 private:
  JSValue value_ = JS_UNDEFINED;
};

/// A string of the engine as UTF-8: what is no text in UTF-16 is replaced. Empty, with an exception that
/// waits, if the value cannot be made a string.
class Utf8 {
 public:
  explicit Utf8(JSValueConst value) noexcept;
  Utf8(const Utf8&) = delete;
  Utf8& operator=(const Utf8&) = delete;
  ~Utf8();

  bool failed() const noexcept { return text_ == nullptr; }
  const char* data() const noexcept { return text_; }
  std::size_t size() const noexcept { return size_; }
  std::string_view view() const noexcept { return {text_, size_}; }

 private:
  std::size_t size_ = 0;  // before text_, whose initialiser sets it
  const char* text_;
};

/// The bytes of an ArrayBuffer or of a view on one; no data, and no exception, for anything else.
std::span<std::uint8_t> bytes_of(JSValueConst value) noexcept;

/// A new string of text that is UTF-8.
JSValue new_string(std::string_view text) noexcept;

}  // namespace wws::js
