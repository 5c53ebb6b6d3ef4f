/* Answers well, then leaves with the exit code of its query: ?code=N. */
#include "query.h"

int main(void) {
  size_t size = 0;
  const char *code = query_parameter(read_input(), "code", &size);
  printf("{\"data\":\"left\",\"headers\":{},\"status\":200,\"kv\":{}}");
  fflush(stdout);
  exit(code != NULL ? atoi(code) : 0);
}
