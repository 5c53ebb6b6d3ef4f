#include "header_list.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "filled.h"
#include "wws_v1.h"

namespace wws::js {
namespace {

bool takes_camel_case = false;

constexpr auto kToken = [] {
  std::array<bool, 256> is_token{};
  for (const char each :
       std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    is_token[static_cast<unsigned char>(each)] = true;
  return is_token;
}();

constexpr bool is_upper(char each) { return each >= 'A' && each <= 'Z'; }
constexpr bool is_lower(char each) { return each >= 'a' && each <= 'z'; }

bool is_same(const Value& one, const Value& other) {
  return JS_IsStrictEqual(context(), one.get(), other.get());
}

/// `userAgent`, but no `UserAgent` and no `x-userAgent`.
bool is_camel_case(std::string_view name) {
  return is_lower(name.front()) &&
         std::ranges::all_of(name, [](char each) { return is_lower(each) || is_upper(each); });
}

std::string lower_case(std::string_view name) {
  const bool is_camel = takes_camel_case && is_camel_case(name);
  std::string lower;
  lower.reserve(name.size() + 4);
  for (const char each : name) {
    if (is_upper(each) && is_camel) lower += '-';
    lower += is_upper(each) ? static_cast<char>(each + ('a' - 'A')) : each;
  }
  return lower;
}

}  // namespace

void take_camel_case() noexcept { takes_camel_case = true; }

Value header_name(JSValueConst given) {
  Value text(JS_ToString(context(), given));
  if (text.is_exception()) return text;
  const Utf8 utf8(text.get());
  if (utf8.failed()) return Value(JS_EXCEPTION);
  const std::string_view name = utf8.view();
  const bool is_valid = !name.empty() && std::ranges::all_of(name, [](char each) {
    return kToken[static_cast<unsigned char>(each)];
  });
  if (!is_valid) return Value(JS_ThrowTypeError(context(), "Invalid header name: \"%s\"", utf8.data()));
  if (std::ranges::none_of(name, is_upper)) return text;
  return Value(new_string(lower_case(name)));
}

Value header_value(JSValueConst given, const Value& name) {
  Value text(JS_ToString(context(), given));
  if (text.is_exception()) return text;
  const Utf8 utf8(text.get());
  if (utf8.failed()) return Value(JS_EXCEPTION);
  constexpr std::string_view kSpace = "\t\n\r ";
  std::string_view value = utf8.view();
  value.remove_prefix(std::min(value.find_first_not_of(kSpace), value.size()));
  value = value.substr(0, value.find_last_not_of(kSpace) + 1);
  const bool is_bad = std::ranges::any_of(value, [](char each) {
    // In UTF-8 what does not fit into a byte begins with C4 or more.
    return each == '\0' || each == '\r' || each == '\n' || static_cast<unsigned char>(each) > 0xC3;
  });
  if (is_bad) {
    const Utf8 of(name.get());
    return Value(JS_ThrowTypeError(context(), "Invalid value of the header \"%s\"", of.data()));
  }
  return value.size() == utf8.size() ? std::move(text) : Value(new_string(value));
}

std::shared_ptr<HeaderList> HeaderList::incoming() {
  auto list = std::make_shared<HeaderList>();
  list->is_incoming_ = true;
  list->is_immutable_ = true;
  return list;
}

void HeaderList::load() {
  if (!is_incoming_) return;
  is_incoming_ = false;
  const Filled filled(
      [](char* buffer, std::size_t capacity) { return wws_v1_request_headers(buffer, capacity); });
  each_entry(filled.view(), [this](std::string_view name, std::string_view value) {
    list_.push_back({Value(new_string(name)), Value(latin1_string(value))});
  });
}

bool HeaderList::has(const Value& name) {
  load();
  return std::ranges::any_of(list_, [&](const Header& each) { return is_same(each.name, name); });
}

Value HeaderList::get(const Value& name) {
  if (is_incoming_) {
    const Utf8 wanted(name.get());
    const Filled filled([&](char* buffer, std::size_t capacity) {
      return wws_v1_request_header(wanted.data(), wanted.size(), buffer, capacity);
    });
    return Value(filled.length() < 0 ? JS_NULL : latin1_string(filled.view()));
  }
  const Header* first = nullptr;
  std::string joined;
  for (const Header& each : list_) {
    if (!is_same(each.name, name)) continue;
    if (first == nullptr) {
      first = &each;
      continue;
    }
    if (joined.empty()) joined = Utf8(first->value.get()).view();
    joined.append(", ").append(Utf8(each.value.get()).view());
  }
  if (first == nullptr) return Value(JS_NULL);
  return joined.empty() ? Value::copy(first->value.get()) : Value(new_string(joined));
}

void HeaderList::set(Value name, Value value) {
  load();
  const auto is_of_name = [&](const Header& each) { return is_same(each.name, name); };
  const auto first = std::ranges::find_if(list_, is_of_name);
  if (first == list_.end()) return append(std::move(name), std::move(value));
  first->value = std::move(value);
  list_.erase(std::remove_if(first + 1, list_.end(), is_of_name), list_.end());
}

void HeaderList::remove(const Value& name) {
  load();
  std::erase_if(list_, [&](const Header& each) { return is_same(each.name, name); });
}

void HeaderList::copy_from(HeaderList& other) {
  load();
  list_.reserve(list_.size() + other.all().size());
  for (const Header& each : other.all())
    list_.push_back({Value::copy(each.name.get()), Value::copy(each.value.get())});
}

}  // namespace wws::js
