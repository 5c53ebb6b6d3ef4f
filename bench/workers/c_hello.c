/* Hello through stdio and malloc: reads all of its input, as a worker with a use for it would. */
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  size_t size = 0, room = 4096;
  char *input = malloc(room);
  for (size_t count; (count = fread(input + size, 1, room - size, stdin)) > 0;) {
    size += count;
    if (size == room) input = realloc(input, room *= 2);
  }
  printf("{\"data\":\"hello\",\"headers\":{\"x-size\":\"%zu\"},\"status\":200,\"kv\":{}}", size);
  free(input);
  return 0;
}
