// Adds two numbers of the path and answers JSON: put it at `add/[a]/[b].wasm`, ask for /add/3/4.
//
// zig c++ --target=wasm32-wasi -mexec-model=reactor -O2 -std=c++20 -fno-exceptions -Wl,--strip-debug
// -Ikits/cpp \
//   kits/cpp/examples/add.cc -o 'add/[a]/[b].wasm'
#include <charconv>

#include "wws.hpp"

namespace {

std::optional<long long> number(std::optional<std::string_view> text) {
  long long value = 0;
  if (!text) return std::nullopt;
  const char* const end = text->data() + text->size();
  const auto parsed = std::from_chars(text->data(), end, value);
  return parsed.ec == std::errc() && parsed.ptr == end ? std::optional(value) : std::nullopt;
}

}  // namespace

WWS_HANDLER(request, response) {
  const auto a = number(request.param("a"));
  const auto b = number(request.param("b"));
  long long sum = 0;
  if (!a || !b || __builtin_add_overflow(*a, *b, &sum)) {
    response.reply(400, "application/json",
                   R"({"error":"two whole numbers that are not too large, please"})");
    return;
  }
  response.header("content-type", "application/json");
  response.print(R"({"sum":)", sum, "}");
}
