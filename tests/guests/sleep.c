/* Sleeps as long as its query says, ?ms=N, then answers. */
#include <time.h>

#include "query.h"

int main(void) {
  size_t size = 0;
  const char *text = query_parameter(read_input(), "ms", &size);
  const long milliseconds = text != NULL ? atol(text) : 0;
  const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  nanosleep(&time, NULL);
  printf("{\"data\":\"slept\",\"headers\":{},\"status\":200,\"kv\":{}}");
  return 0;
}
