/* A CGI program. Writes to standard output what its whole query says, percent-decoded. */
#include "query.h"

int main(void) {
  for (const char *at = getenv("QUERY_STRING"); *at != '\0'; ++at) {
    if (*at == '%' && hex_digit(at[1]) >= 0 && hex_digit(at[2]) >= 0) {
      putchar(hex_digit(at[1]) << 4 | hex_digit(at[2]));
      at += 2;
    } else {
      putchar(*at);
    }
  }
  return 0;
}
