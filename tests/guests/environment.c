/* Answers its environment and arguments, one a line. */
#include "worker.h"

extern char **environ;

int main(int argc, char **argv) {
  (void)argv;
  printf("{\"data\":\"arguments %d\\n", argc);
  for (char **entry = environ; *entry != NULL; ++entry) {
    print_escaped(*entry);
    printf("\\n");
  }
  printf("\",\"headers\":{\"content-type\":\"text/plain\"},\"status\":200,\"kv\":{}}");
  return 0;
}
