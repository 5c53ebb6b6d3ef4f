/* One parameter of the request's query, percent-decoded. */
#include "worker.h"

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/* The value of `name` and its size; NULL if it is not there. */
static char* query_parameter(const char* input, const char* name, size_t* size) {
  char* url = decode_string(find_value(input, "url"));
  char* at = strchr(url, '?');
  const size_t name_size = strlen(name);
  while (at != NULL && (strncmp(at + 1, name, name_size) != 0 || at[1 + name_size] != '='))
    at = strchr(at + 1, '&');
  if (at == NULL) return NULL;
  char *value = at + 1 + name_size + 1, *out = value;
  for (at = value; *at != '\0' && *at != '&'; ++at) {
    if (*at == '%' && hex_digit(at[1]) >= 0 && hex_digit(at[2]) >= 0) {
      *out++ = (char)(hex_digit(at[1]) << 4 | hex_digit(at[2]));
      at += 2;
    } else {
      *out++ = *at;
    }
  }
  *out = '\0';
  *size = (size_t)(out - value);
  return value;
}
