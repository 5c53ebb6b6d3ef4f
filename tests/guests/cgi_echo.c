/* A CGI program. Answers its standard input, with the type it came with, after what the variables say of it. */
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  const char *type = getenv("CONTENT_TYPE"), *length = getenv("CONTENT_LENGTH");
  printf("Content-Type: %s\r\n\r\n", type != NULL ? type : "text/plain");
  printf("%s:", length != NULL ? length : "none");
  char buffer[4096];
  for (size_t count; (count = fread(buffer, 1, sizeof buffer, stdin)) > 0;) fwrite(buffer, 1, count, stdout);
  return 0;
}
