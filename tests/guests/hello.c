/* Answers "hello". */
#include <stdio.h>

int main(void) {
  printf("{\"data\":\"hello\",\"headers\":{\"content-type\":\"text/plain\"},\"status\":200,\"kv\":{}}");
  return 0;
}
