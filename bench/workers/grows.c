/* Grows its memory by a megabyte in every request, and answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
  char *block = malloc(1 << 20);
  memset(block, 1, 1 << 20);
  printf("{\"data\":\"grown %d\",\"headers\":{},\"status\":200,\"kv\":{}}", block[12345]);
  return 0;
}
