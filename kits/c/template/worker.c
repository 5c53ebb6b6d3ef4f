/* Build: zig cc --target=wasm32-wasi -mexec-model=reactor -O2 -Wl,--strip-debug @NAME@.c -o @NAME@.wasm
 * Serve: wws .        then open http://127.0.0.1:8080/@NAME@ */
#include "wws.h"

WWS_HANDLER {
  wws_add_header("content-type", "text/plain; charset=utf-8");
  const char* name = wws_query_value("name");
  wws_printf("Hello, %s!\n", name != NULL ? name : "world");
}
