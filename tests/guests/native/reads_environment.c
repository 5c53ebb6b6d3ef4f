/* Keeps a variable of the environment from its initialisation, and has no wws_resume. */
#include "wws_v1.h"

#include <stdlib.h>
#include <string.h>

static const char* greeting;

WWS_V1_EXPORT(wws_init) void init(void) {
  const char* value = getenv("greeting");
  greeting = value != NULL ? strdup(value) : "none";
}

WWS_V1_EXPORT(wws_handle) void handle(void) { wws_v1_response_body_write(greeting, strlen(greeting)); }
