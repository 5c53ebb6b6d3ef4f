/* A native worker that does what its query says, and answers with the result in text or the error's number: "incr" and
 * "get" with the key "counter", "put" with the key that follows, as in "put=k1", and 100 bytes; "none" does nothing. */
#include <stdint.h>
#include <string.h>

#include "wws_v1.h"

#define IMPORT(name) __attribute__((import_module("wws_v1"), import_name(#name)))
IMPORT(kv_get) int32_t test_kv_get(const char *key, uint32_t length);
IMPORT(kv_put)
int32_t test_kv_put(const char *key, uint32_t length, const char *value, uint32_t value_length, int64_t time_to_live,
                    uint32_t condition);
IMPORT(kv_increment) int32_t test_kv_increment(const char *key, uint32_t length, int64_t by, int64_t time_to_live);
IMPORT(kv_result) int32_t test_kv_result(int32_t operation, void *buffer, uint32_t capacity);
IMPORT(request_get) int32_t test_request_get(uint32_t field, char *buffer, uint32_t capacity);
IMPORT(response_status) int32_t test_response_status(int32_t status);
IMPORT(response_body_write) int32_t test_response_body_write(const char *bytes, uint32_t length);
IMPORT(wait) int32_t test_wait(const int32_t *operations, uint32_t count);

static char query[600];
static char buffer[1024];
static const char key[] = "counter";

static void answer_number(int64_t number) {
  char text[24];
  uint32_t at = sizeof text;
  uint64_t rest = number < 0 ? (uint64_t)-number : (uint64_t)number;
  do text[--at] = (char)('0' + rest % 10);
  while ((rest /= 10) != 0);
  if (number < 0) text[--at] = '-';
  test_response_body_write(text + at, (uint32_t)sizeof text - at);
}

__attribute__((export_name("wws_handle"))) void wws_handle(void) {
  const int32_t length = test_request_get(3, query, sizeof query);
  if (length == 4 && memcmp(query, "none", 4) == 0) {
    answer_number(0);
    return;
  }
  int32_t operation = -3;
  if (length == 4 && memcmp(query, "incr", 4) == 0) operation = test_kv_increment(key, sizeof key - 1, 1, 0);
  if (length == 3 && memcmp(query, "get", 3) == 0) operation = test_kv_get(key, sizeof key - 1);
  if (length > 4 && memcmp(query, "put=", 4) == 0) {
    memset(buffer, 'x', 100);
    operation = test_kv_put(query + 4, (uint32_t)length - 4, buffer, 100, 0, 0);
  }
  int32_t size = operation < 0 ? operation : test_kv_result(operation, buffer, sizeof buffer);
  if (size == -1) {
    test_wait(&operation, 1);
    size = test_kv_result(operation, buffer, sizeof buffer);
  }
  if (size < 0) {
    test_response_status(503);
    answer_number(size);
    return;
  }
  if (query[0] == 'g') {
    test_response_body_write(buffer + 8, (uint32_t)size - 8);
    return;
  }
  int64_t number = 0;
  memcpy(&number, buffer, sizeof number);
  answer_number(number);
}
