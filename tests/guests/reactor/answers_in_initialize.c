/* A reactor whose initialisation does all: it answers, and with ?code=N it leaves with that code then. With ?silent=1
 * it leaves before. */
#include "query.h"

__attribute__((constructor)) static void answer(void) {
  size_t size = 0;
  const char *input = read_input();
  if (query_parameter(input, "silent", &size) != NULL) exit(0);
  printf("{\"data\":\"initialised\",\"headers\":{},\"status\":200,\"kv\":{}}");
  fflush(stdout);
  const char *code = query_parameter(input, "code", &size);
  if (code != NULL) _Exit(atoi(code));
}
