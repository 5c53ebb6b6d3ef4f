/* Server-sent events, one after another until the client leaves; with ?N, so many. With ?N,trap it traps then. */
#include "wws_v1.h"

#include <stdlib.h>
#include <string.h>

WWS_V1_EXPORT(wws_handle) void handle(void) {
  char query[32] = "";
  const int32_t size = wws_v1_request_get(WWS_V1_QUERY, query, sizeof query - 1);
  long left = size > 0 ? strtol(query, NULL, 10) : -1;
  wws_v1_response_header("content-type", 12, "text/event-stream", 17);
  for (; left != 0; --left) {
    const int32_t taken = wws_v1_response_body_write("data: tick\n\n", 12);
    if (taken == WWS_V1_CLOSED) {
      wws_v1_log(WWS_V1_INFO, "the client left", 15);
      return;
    }
    wws_v1_sleep(20 * 1000 * 1000);
  }
  if (strstr(query, "trap") != NULL) __builtin_trap();
}
