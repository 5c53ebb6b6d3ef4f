/* Works for about 2 ms and answers. How many rounds of its loop that are is in the query, ?n=: bench/overload
 * measures it; without one it is a guess. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char input[65536];

int main(void) {
  input[fread(input, 1, sizeof input - 1, stdin)] = 0;
  const char *query = strstr(input, "?n=");
  unsigned long rounds = query ? strtoul(query + 3, NULL, 10) : 1000000;
  uint32_t x = 1;
  for (unsigned long i = 0; i < rounds; i++) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
  }
  printf("{\"data\":\"%u\",\"headers\":{},\"status\":200,\"kv\":{}}", (unsigned)x);
  return 0;
}
