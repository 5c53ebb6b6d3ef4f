/* Counts the visits of each page: put it at `visits/[page].wasm`, with `visits/[page].toml` beside it:
 *
 *     name = "visits"
 *     version = "1"
 *     [data.kv]
 *     namespace = "visits"
 *
 * Then ask for /visits/home again and again.
 *
 * zig cc --target=wasm32-wasi -mexec-model=reactor -O2 -Wl,--strip-debug -Ikits/c kits/c/examples/visits.c \
 *   -o 'visits/[page].wasm' */
#include "wws_kv.h"

WWS_HANDLER {
  const char* page = wws_param("page");
  int64_t visits;
  const int result = wws_kv_increment(wws_text(page), 1, NULL, &visits, NULL);
  if (result < 0) {
    wws_logf(WWS_LOG_ERROR, "%s: %s", page, wws_error_text(result));
    wws_reply(503, "text/plain", "come back later");
    return;
  }
  wws_add_header("content-type", "text/plain; charset=utf-8");
  wws_printf("%s: visit %lld\n", page, (long long)visits);
}
