// Counts in server-sent events, one a second, until the client leaves: put it at `events.wasm`, then
// curl -N http://localhost:8080/events
//
// A request may take 30 s unless events.toml says more ([limits] time = "1h").
//
// zig c++ --target=wasm32-wasi -mexec-model=reactor -O2 -std=c++20 -fno-exceptions -Wl,--strip-debug
// -Ikits/cpp \
//   kits/cpp/examples/events.cc -o events.wasm
#include "wws.hpp"

WWS_HANDLER(request, response) {
  response.header("content-type", "text/event-stream");
  response.header("cache-control", "no-cache");
  for (int i = 1; response.print("id: ", i, "\ndata: ", i, " seconds\n\n"); ++i) {
    wws::sleep_for(std::chrono::seconds(1));
  }
  wws::log::info("the client left");
}
