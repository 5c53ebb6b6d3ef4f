/* Answers with the body as it arrives. */
#include "wws_v1.h"

static char piece[65536];

static void wait_for(uint32_t operation) { wws_v1_wait(&operation, 1); }

WWS_V1_EXPORT(wws_handle) void handle(void) {
  for (;;) {
    const int32_t size = wws_v1_request_body_read(piece, sizeof piece);
    if (size == WWS_V1_AGAIN) {
      wait_for(WWS_V1_REQUEST_BODY);
    } else if (size < 0) {
      wws_v1_log(WWS_V1_INFO, "the body was cut", 16);
      return;
    } else if (size == 0) {
      return;
    }
    for (int32_t at = 0; at < size;) {
      const int32_t taken = wws_v1_response_body_write(piece + at, (size_t)(size - at));
      if (taken == WWS_V1_AGAIN) {
        wait_for(WWS_V1_RESPONSE_BODY);
      } else if (taken < 0) {
        wws_v1_log(WWS_V1_INFO, "the client left", 15);
        return;
      } else {
        at += taken;
      }
    }
  }
}
