/* A wws-json worker that sends one request as wws 1.4 to 1.7 had it, through the core import of that time, and
 * answers with what came of it. Of its variables: METHOD (a number), URL, BODY, HEADER and VALUE. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((import_module("http"), import_name("send-http-request"))) void send_http_request(
    int32_t has_body, const char *body, int32_t body_length, const void *headers, int32_t header_count,
    int32_t method, const void *params, int32_t param_count, const char *url, int32_t url_length, void *result);

__attribute__((export_name("canonical_abi_realloc"))) void *canonical_abi_realloc(void *old, size_t old_size,
                                                                                  size_t align, size_t new_size) {
  (void)old_size;
  if (new_size == 0) return (void *)align;
  return realloc(old, new_size);
}
__attribute__((export_name("canonical_abi_free"))) void canonical_abi_free(void *bytes, size_t size, size_t align) {
  (void)align;
  if (size > 0) free(bytes);
}

struct text {
  const char *bytes;
  uint32_t size;
};

static struct text variable(const char *name) {
  const char *value = getenv(name);
  if (value == NULL) value = "";
  return (struct text){value, (uint32_t)strlen(value)};
}

static void print_text(struct text text) {
  for (uint32_t i = 0; i < text.size; ++i) {
    const unsigned char c = (unsigned char)text.bytes[i];
    if (c < ' ' || c == '"' || c == '\\' || c > '~') {
      printf("\\u%04x", c);
    } else {
      putchar(c);
    }
  }
}

int main(void) {
  const struct text url = variable("URL"), body = variable("BODY");
  const struct text header[2] = {variable("HEADER"), variable("VALUE")};
  _Alignas(4) unsigned char result[28];
  memset(result, 0xee, sizeof result);
  send_http_request(body.size > 0, body.bytes, (int32_t)body.size, header, header[0].size > 0, atoi(variable("METHOD").bytes),
                    NULL, 0, url.bytes, (int32_t)url.size, result);
  struct text first;
  memcpy(&first, result + 8, sizeof first);
  if (result[0] == 1) {
    printf("{\"data\":\"error %d: ", result[4]);
    print_text(first);
    printf("\",\"headers\":{},\"status\":200,\"kv\":{}}");
    return 0;
  }
  const struct text *fields;
  uint32_t count;
  uint16_t status;
  memcpy(&fields, result + 16, sizeof fields);
  memcpy(&count, result + 20, sizeof count);
  memcpy(&status, result + 24, sizeof status);
  printf("{\"data\":\"");
  print_text(first);
  printf("\",\"headers\":{");
  int printed = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (fields[2 * i].size < 2 || memcmp(fields[2 * i].bytes, "x-", 2) != 0) continue;
    printf("%s\"", printed++ > 0 ? "," : "");
    print_text(fields[2 * i]);
    printf("\":\"");
    print_text(fields[2 * i + 1]);
    printf("\"");
  }
  printf("},\"status\":%d,\"kv\":{}}", status);
  return 0;
}
