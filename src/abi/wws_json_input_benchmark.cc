// Cost of the input of `wws-json` with a body of 16 MiB, while a guest reads it. Goals at -O2: 10 ms for
// plain text, 60 ms for control characters, and a millisecond for each call.
#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "abi/wws_json_input.h"

namespace wws::abi {
namespace {

constexpr std::size_t kLarge = std::size_t{16} << 20;

std::string repeated(std::string_view pattern) {
  std::string text;
  text.reserve(kLarge + pattern.size());
  while (text.size() < kLarge) text += pattern;
  return text;
}

std::string body(std::string_view name) {
  if (name == "plain") return repeated("The quick brown fox jumps over the lazy dog. ");
  if (name == "characters")
    return repeated("Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. ");
  if (name == "json") return repeated("{\"id\":17,\"name\":\"a \\\"b\\\"\",\"tags\":[\"x\",\"y\"]}\n");
  if (name == "control") return repeated("\x01");
  return repeated("\xff\x00\x80\x7f");  // not text: base64
}

double thread_microseconds() noexcept {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

/// What a guest that reads all of its input costs; and the most that one call takes.
void encode(benchmark::State& state, std::string_view name) {
  const std::string text = body(name);
  http::Request request;
  request.method = "POST";
  request.body = text;
  double longest_preparation = 0;
  double longest_piece = 0;
  for (auto _ : state) {
    JsonInput input(request, {"http://example.org/", {}});
    for (auto progress = JsonInput::Progress::kMore; progress != JsonInput::Progress::kDone;) {
      const double begin = thread_microseconds();
      progress = input.prepare(JsonInput::kSlice);
      longest_preparation = std::max(longest_preparation, thread_microseconds() - begin);
    }
    for (bool more = true; more;) {
      const double begin = thread_microseconds();
      const std::string_view piece = input.next();
      longest_piece = std::max(longest_piece, thread_microseconds() - begin);
      benchmark::DoNotOptimize(piece);
      more = !piece.empty();
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
  state.counters["preparation_us"] = longest_preparation;
  state.counters["piece_us"] = longest_piece;
}

void without_body(benchmark::State& state) {
  http::Request request;
  request.method = "GET";
  request.fields = {{"Host", "example.org"}, {"User-Agent", "benchmark/1.0"}, {"Accept", "*/*"}};
  for (auto _ : state) {
    JsonInput input(request, {"http://example.org/", {}});
    benchmark::DoNotOptimize(input.prepare(JsonInput::kSlice));
    benchmark::DoNotOptimize(input.next());
  }
}

BENCHMARK(without_body);
BENCHMARK_CAPTURE(encode, plain, "plain")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, characters, "characters")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, json, "json")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, control, "control")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, binary, "binary")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wws::abi
