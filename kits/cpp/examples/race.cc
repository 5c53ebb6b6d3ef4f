// Two runners at once, as coroutines, and a judge who waits no longer than a second: put it at `race.wasm`,
// then curl -N http://localhost:8080/race
//
// zig c++ --target=wasm32-wasi -mexec-model=reactor -O2 -std=c++20 -fno-exceptions -Wl,--strip-debug
// -Ikits/cpp \
//   kits/cpp/examples/race.cc -o race.wasm
#include <random>

#include "wws_task.hpp"

namespace {

using std::chrono::milliseconds;

wws::Task<> runner(std::string_view name, wws::Response& response) {
  wws::RandomBits bits;
  std::uniform_int_distribution time(100, 400);
  for (int lap = 1; lap <= 3; ++lap) {
    co_await wws::sleep(milliseconds(time(bits)));
    response.print(name, " has run lap ", lap, '\n');
  }
}

wws::Task<> race(wws::Response& response) {
  constexpr std::string_view kResults[] = {"Ada wins\n", "Grace wins\n", "nobody was fast enough\n"};
  const std::size_t first = co_await wws::when_any(runner("Ada", response), runner("Grace", response),
                                                   wws::sleep(std::chrono::seconds(1)));
  response.print(kResults[first]);
}

}  // namespace

WWS_HANDLER(request, response) {
  response.header("content-type", "text/plain; charset=utf-8");
  wws::run(race(response));
}
