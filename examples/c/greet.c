/* Greets whoever asks: GET /c answers a text, POST /c greets the name in the body. */
#include "worker.h"

int main(void) {
  char *input = read_input();
  char *method = decode_string(find_value(input, "method"));
  char *body = decode_string(find_value(input, "body"));
  const char *greeting = getenv("GREETING"); /* from [vars] in c.toml */
  printf("{\"data\":\"");
  print_escaped(greeting != NULL ? greeting : "Hello");
  printf(", ");
  print_escaped(body[0] != '\0' ? body : "world");
  printf("! This is C, and you sent ");
  print_escaped(method);
  printf(".\\n\"");
  printf(",\"headers\":{\"content-type\":\"text/plain; charset=utf-8\"},\"status\":200,\"kv\":{}}");
  free(body);
  free(method);
  free(input);
  return 0;
}
