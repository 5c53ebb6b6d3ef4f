/* Counts in server-sent events, one a second, until the client leaves: put it at `events.wasm`, then
 * curl -N http://localhost:8080/events
 *
 * A request may take 30 s unless events.toml says more ([limits] time = "1h").
 *
 * zig cc --target=wasm32-wasi -mexec-model=reactor -O2 -Wl,--strip-debug -Ikits/c kits/c/examples/events.c \
 *   -o events.wasm */
#include "wws.h"

WWS_HANDLER {
  wws_add_header("content-type", "text/event-stream");
  wws_add_header("cache-control", "no-cache");
  for (int i = 1; wws_printf("id: %d\ndata: %d seconds\n\n", i, i) == 0; ++i) wws_sleep_ms(1000);
  wws_log(WWS_LOG_INFO, "the client left");
}
