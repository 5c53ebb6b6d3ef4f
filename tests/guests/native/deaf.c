/* Writes a line, and then does nothing but compute, whatever becomes of its client. */
#include "wws_v1.h"

WWS_V1_EXPORT(wws_handle) void handle(void) {
  wws_v1_response_body_write("begun\n", 6);
  for (volatile unsigned count = 0;; ++count) {
  }
}
