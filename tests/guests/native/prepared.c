/* Says what it found prepared: how often its constructor, wws_init and wws_resume have run in this instance's
 * past, and the variable "greeting" as the environment has it now. */
#include "wws_v1.h"

#include <stdio.h>
#include <stdlib.h>

static int constructed, initialised, resumed;
static unsigned char drawn[4]; /* random bytes, as they were when the worker was initialised */

__attribute__((constructor)) static void construct(void) { ++constructed; }

WWS_V1_EXPORT(wws_init) void init(void) {
  ++initialised;
  wws_v1_random(drawn, sizeof drawn);
  wws_v1_log(WWS_V1_INFO, "initialised", 11);
}

WWS_V1_EXPORT(wws_resume) void resume(void) { ++resumed; }

WWS_V1_EXPORT(wws_handle) void handle(void) {
  char text[200];
  const char* greeting = getenv("greeting");
  unsigned char now[4];
  wws_v1_random(now, sizeof now);
  const int size = snprintf(text, sizeof text, "%d %d %d %s then %02x%02x%02x%02x now %02x%02x%02x%02x\n", constructed,
                            initialised, resumed, greeting != NULL ? greeting : "none", drawn[0], drawn[1], drawn[2],
                            drawn[3], now[0], now[1], now[2], now[3]);
  wws_v1_response_body_write(text, (size_t)size);
}
