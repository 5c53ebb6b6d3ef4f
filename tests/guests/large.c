/* Answers as many bytes as its query says: ?size=N. */
#include "query.h"

int main(void) {
  size_t size = 0;
  const char *text = query_parameter(read_input(), "size", &size);
  printf("{\"data\":\"");
  for (long left = text != NULL ? atol(text) : 0; left > 0; --left) putchar('x');
  printf("\",\"headers\":{},\"status\":200,\"kv\":{}}");
  return 0;
}
