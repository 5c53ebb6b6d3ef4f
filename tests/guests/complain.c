/* Writes to standard error, then answers. */
#include <stdio.h>

int main(void) {
  fprintf(stderr, "first line\nforged\033[31m line\nlast without newline");
  printf("{\"data\":\"complained\",\"headers\":{},\"status\":200,\"kv\":{}}");
  return 0;
}
