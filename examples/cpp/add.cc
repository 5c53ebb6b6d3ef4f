// Adds the two numbers in the path: /cpp/3/4 answers {"sum":7}. The file is [a]/[b].wasm, so `a` and `b`
// come as parameters.
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

using nlohmann::json;

namespace {

std::string read_all() {
  std::string text;
  char buffer[4096];
  for (size_t count; (count = std::fread(buffer, 1, sizeof buffer, stdin)) > 0;) text.append(buffer, count);
  return text;
}

std::optional<long long> number(const json& params, const char* name) {
  const std::string text = params.value(name, "");
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

json answer(int status, const json& data) {
  return {{"data", data.dump()},
          {"headers", {{"content-type", "application/json"}}},
          {"status", status},
          {"kv", json::object()}};
}

json handle(const json& request) {
  const auto a = number(request["params"], "a");
  const auto b = number(request["params"], "b");
  if (!a || !b) return answer(400, {{"error", "both parts of the path have to be whole numbers"}});
  long long sum = 0;
  if (__builtin_add_overflow(*a, *b, &sum)) return answer(400, {{"error", "the sum is too large"}});
  return answer(200, {{"sum", sum}});
}

}  // namespace

int main() {
  const json request = json::parse(read_all(), nullptr, false);
  const std::string output = handle(request).dump();
  std::fwrite(output.data(), 1, output.size(), stdout);
}
