/* A wws-json worker that opens a mounted file, reads 4 KiB of it and closes it, as often as ?times=N says. Answers
 * with the bytes that it read in all. */
#include <fcntl.h>
#include <unistd.h>

#include "query.h"

int main(void) {
  static char buffer[4096];
  size_t size = 0;
  const char *input = read_input();
  const char *times = query_parameter(input, "times", &size);
  long total = 0;
  for (long i = times == NULL ? 1 : atol(times); i > 0; --i) {
    const int file = open("/data/file", O_RDONLY);
    if (file < 0) break;
    const ssize_t count = read(file, buffer, sizeof buffer);
    if (count > 0) total += count;
    close(file);
  }
  printf("{\"data\":\"%ld\",\"headers\":{},\"status\":200,\"kv\":{}}", total);
  return 0;
}
