/* Answers BODY[...] around the request's body: what the HTTP/1 corpus asks for. */
#include "worker.h"

int main(void) {
  char *input = read_input();
  char *body = decode_string(find_value(input, "body"));
  printf("{\"data\":\"BODY[");
  print_escaped(body);
  printf("]\",\"headers\":{},\"status\":200,\"kv\":{}}");
  return 0;
}
