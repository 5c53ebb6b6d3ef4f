/* Asks for the request before there is one: its initialisation ends in a trap. */
#include "wws_v1.h"

WWS_V1_EXPORT(wws_init) void init(void) {
  char method[16];
  wws_v1_request_get(WWS_V1_METHOD, method, sizeof method);
}

WWS_V1_EXPORT(wws_handle) void handle(void) { wws_v1_response_body_write("not reached", 11); }
