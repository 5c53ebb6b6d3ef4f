// Of docs/cgi.md.

#include <stdio.h>
#include <stdlib.h>
int main(void) {
  printf("Content-Type: text/plain\n\nYou asked with %s\n", getenv("REQUEST_METHOD"));
}
