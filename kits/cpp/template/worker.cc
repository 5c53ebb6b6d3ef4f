// Build: zig c++ --target=wasm32-wasi -mexec-model=reactor -O2 -Wl,--strip-debug -std=c++20 -fno-exceptions \
//          @NAME@.cc -o @NAME@.wasm
// Serve: wws .        then open http://127.0.0.1:8080/@NAME@
#include "wws.hpp"

WWS_HANDLER(request, response) {
  response.header("content-type", "text/plain; charset=utf-8");
  response.print("Hello, ", request.query_value("name").value_or("world"), "!\n");
}
