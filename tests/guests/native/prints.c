/* Prints in the middle of a native worker, as one does to see what happens: a line, and one without its end. */
#include <stdio.h>

#include "wws_v1.h"

WWS_V1_EXPORT(wws_init) void wws_init(void) { puts("printed while prepared"); }

WWS_V1_EXPORT(wws_handle) void wws_handle(void) {
  printf("printed %d\n", 1);
  wws_v1_response_body_write("answer", 6);
  const int input = getchar();
  printf("input %s\nunfinished", input == EOF ? "ended" : "there");
  fflush(stdout);
}
