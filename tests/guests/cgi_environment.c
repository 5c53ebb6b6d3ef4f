/* A CGI program. Answers how many arguments it has, those, and its environment, sorted, one a line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

static int compare(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

int main(int argc, char **argv) {
  size_t count = 0;
  while (environ[count] != NULL) ++count;
  qsort(environ, count, sizeof *environ, compare);
  printf("Content-Type: text/plain; charset=utf-8\n\narguments=%d\n", argc);
  for (int i = 0; i < argc; ++i) puts(argv[i]);
  for (size_t i = 0; i < count; ++i) puts(environ[i]);
  return 0;
}
