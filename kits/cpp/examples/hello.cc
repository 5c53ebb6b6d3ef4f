// Greets whoever is named in the path: put it at `hello/[name].wasm`, ask for /hello/Ada.
//
// zig c++ --target=wasm32-wasi -mexec-model=reactor -O2 -std=c++20 -fno-exceptions -Wl,--strip-debug
// -Ikits/cpp \
//   kits/cpp/examples/hello.cc -o 'hello/[name].wasm'
#include "wws.hpp"

WWS_HANDLER(request, response) {
  response.header("content-type", "text/plain; charset=utf-8");
  response.print("Hello, ", request.param("name").value_or("you"), "!\n");
}
