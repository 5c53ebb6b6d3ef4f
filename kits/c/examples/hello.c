/* Greets whoever is named in the path: put it at `hello/[name].wasm`, ask for /hello/Ada.
 *
 * zig cc --target=wasm32-wasi -mexec-model=reactor -O2 -Wl,--strip-debug -Ikits/c kits/c/examples/hello.c \
 *   -o 'hello/[name].wasm' */
#include "wws.h"

WWS_HANDLER {
  wws_add_header("content-type", "text/plain; charset=utf-8");
  wws_printf("Hello, %s!\n", wws_param("name"));
}
