/* A wws-json worker that counts its requests in the map of its namespace. With ?reset=1 it gives back an empty map,
 * with ?fail=1 it answers 500 with a map that must not be kept, and with ?trap=1 it ends badly. With ?note=1 it adds its
 * count to /notes/log first, which cannot be taken back. */
#include "query.h"

#include <fcntl.h>
#include <unistd.h>

int main(void) {
  size_t size = 0;
  const char *input = read_input();
  const char *counter = find_value(find_value(input, "kv"), "counter");
  const long count = counter == NULL ? 1 : atol(decode_string(counter)) + 1;
  if (query_parameter(input, "trap", &size) != NULL) __builtin_trap();
  if (query_parameter(input, "reset", &size) != NULL) {
    printf("{\"data\":\"0\",\"headers\":{},\"status\":200,\"kv\":{}}");
    return 0;
  }
  if (query_parameter(input, "note", &size) != NULL) {
    char line[32];
    const int length = snprintf(line, sizeof line, "%ld\n", count);
    const int log = open("/notes/log", O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (log < 0 || write(log, line, (size_t)length) != length || close(log) != 0) __builtin_trap();
  }
  const int status = query_parameter(input, "fail", &size) == NULL ? 200 : 500;
  printf("{\"data\":\"%ld\",\"headers\":{},\"status\":%d,\"kv\":{\"counter\":\"%ld\"}}", count, status, count);
  return 0;
}
