/* Makes the calls that the header x-calls names, parted by "; ", and logs what each returned, as in
 * "status 99 = -3". Words after a name are its arguments. */
#include "wws_v1.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char scratch[70000];
static char* const kOutside = (char*)0xfffffff0u;

static long number(const char* text) { return text != NULL ? strtol(text, NULL, 0) : 0; }

static size_t length(const char* text) { return text != NULL ? strlen(text) : 0; }

/* "FUNCTION" with an address or a length that does not fit: it does not return. */
static int32_t call_outside(const char* name, char* at, size_t size) {
  if (strcmp(name, "request_get") == 0) return wws_v1_request_get(WWS_V1_PATH, at, size);
  if (strcmp(name, "request_headers") == 0) return wws_v1_request_headers(at, size);
  if (strcmp(name, "request_header") == 0) return wws_v1_request_header(at, size, scratch, sizeof scratch);
  if (strcmp(name, "request_params") == 0) return wws_v1_request_params(at, size);
  if (strcmp(name, "request_vars") == 0) return wws_v1_request_vars(at, size);
  if (strcmp(name, "request_body_read") == 0) return wws_v1_request_body_read(at, size);
  if (strcmp(name, "response_header") == 0) return wws_v1_response_header("a", 1, at, size);
  if (strcmp(name, "response_body_write") == 0) return wws_v1_response_body_write(at, size);
  if (strcmp(name, "wait") == 0) return wws_v1_wait((const uint32_t*)at, size < 1000 ? size : 1000);
  if (strcmp(name, "log") == 0) return wws_v1_log(WWS_V1_INFO, at, size);
  if (strcmp(name, "random") == 0) return wws_v1_random(at, size);
  if (strcmp(name, "crypto") == 0) return wws_v1_crypto(WWS_V1_DIGEST, WWS_V1_SHA1, 0, NULL, 0, at, size);
  if (strcmp(name, "crypto-input") == 0) {
    const struct wws_v1_bytes input = {at, size};
    return wws_v1_crypto(WWS_V1_DIGEST, WWS_V1_SHA1, 0, &input, 1, scratch, 0);
  }
  if (strcmp(name, "crypto-inputs") == 0)
    return wws_v1_crypto(WWS_V1_DIGEST, WWS_V1_SHA1, 0, (const struct wws_v1_bytes*)at, 16, scratch, sizeof scratch);
  return 0;
}

/* "OPERATION HASH NUMBER CAPACITY", with one input of 20 bytes, and the buffer so far behind it. */
static int32_t compute(char* words, size_t distance) {
  uint32_t numbers[4] = {0};
  size_t count = 0;
  for (char* word = strtok(words, " "); word != NULL && count < 4; word = strtok(NULL, " "))
    numbers[count++] = (uint32_t)number(word);
  const struct wws_v1_bytes input = {scratch, 20};
  return wws_v1_crypto(numbers[0], numbers[1], numbers[2], &input, 1, scratch + distance, numbers[3]);
}

static int32_t wait_for(char* words) {
  uint32_t operations[1100];
  size_t count = 0;
  for (char* word = strtok(words, " "); word != NULL && count < 1100; word = strtok(NULL, " "))
    operations[count++] = (uint32_t)number(word);
  return wws_v1_wait(operations, count);
}

static long long call(const char* name, char* rest) {
  if (strcmp(name, "status") == 0) return wws_v1_response_status((int32_t)number(rest));
  if (strcmp(name, "write") == 0) return wws_v1_response_body_write(rest, length(rest));
  if (strcmp(name, "fill") == 0) { /* so many bytes, in one call */
    memset(scratch, 'x', sizeof scratch);
    return wws_v1_response_body_write(scratch, (size_t)number(rest));
  }
  if (strcmp(name, "finish") == 0) return wws_v1_response_finish();
  if (strcmp(name, "header") == 0) { /* NAME=VALUE, with \n for a newline */
    char* value = strchr(rest, '=');
    if (value == NULL) return 0;
    *value++ = '\0';
    char* newline = strstr(value, "\\n");
    if (newline != NULL) memmove(newline, newline + 1, strlen(newline)), *newline = '\n';
    const long long result = wws_v1_response_header(rest, strlen(rest), value, strlen(value));
    value[-1] = '=';
    return result;
  }
  if (strcmp(name, "headers") == 0) { /* so many of them */
    int32_t result = 0;
    for (long left = number(rest); left > 0 && result == 0; --left)
      result = wws_v1_response_header("x-many", 6, "1", 1);
    return result;
  }
  if (strcmp(name, "get") == 0) return wws_v1_request_get((uint32_t)number(rest), scratch, sizeof scratch);
  if (strcmp(name, "get-small") == 0) return wws_v1_request_get((uint32_t)number(rest), scratch, 1);
  if (strcmp(name, "request-header") == 0)
    return wws_v1_request_header(rest, length(rest), scratch, sizeof scratch);
  if (strcmp(name, "read") == 0) return wws_v1_request_body_read(scratch, (size_t)number(rest));
  if (strcmp(name, "timer") == 0) return wws_v1_timer(number(rest));
  if (strcmp(name, "timers") == 0) { /* so many of them; the last one's result */
    int32_t result = 0;
    for (long left = number(rest); left > 0; --left) result = wws_v1_timer(1000000000);
    return result;
  }
  if (strcmp(name, "cancel") == 0) return wws_v1_cancel((uint32_t)number(rest));
  if (strcmp(name, "sleep") == 0) return wws_v1_sleep(number(rest));
  if (strcmp(name, "log") == 0) return wws_v1_log((int32_t)number(rest), "text", 4);
  if (strcmp(name, "clock") == 0) {
    const int64_t now = wws_v1_clock((int32_t)number(rest));
    return now > 0 ? 1 : now;
  }
  if (strcmp(name, "random") == 0) {
    static char bytes[2 << 20];
    return wws_v1_random(bytes, (size_t)number(rest));
  }
  if (strcmp(name, "crypto") == 0) {
    char words[100];
    snprintf(words, sizeof words, "%s", rest != NULL ? rest : "");
    return compute(words, 20);
  }
  if (strcmp(name, "crypto-in-place") == 0) {
    char words[100];
    snprintf(words, sizeof words, "%s", rest != NULL ? rest : "");
    return compute(words, 19);
  }
  if (strcmp(name, "crypto-many") == 0) {
    static struct wws_v1_bytes inputs[20];
    return wws_v1_crypto(WWS_V1_DIGEST, WWS_V1_SHA1, 0, inputs, (size_t)number(rest), scratch, sizeof scratch);
  }
  if (strcmp(name, "wait") == 0) {
    char words[8192];
    snprintf(words, sizeof words, "%s", rest != NULL ? rest : "");
    return wait_for(words);
  }
  if (strcmp(name, "wait-many") == 0) {
    static uint32_t operations[5000];
    return wws_v1_wait(operations, (size_t)number(rest));
  }
  if (strcmp(name, "address") == 0) return call_outside(rest, kOutside, 16);
  if (strcmp(name, "length") == 0) return call_outside(rest, scratch, 0xffffffffu);
  if (strcmp(name, "trap") == 0) __builtin_trap();
  return -99;
}

static void report(const char* name, const char* rest, long long result) {
  char line[9000];
  const int size = snprintf(line, sizeof line, "%s%s%s = %lld", name, rest != NULL ? " " : "",
                            rest != NULL ? rest : "", result);
  wws_v1_log(WWS_V1_INFO, line, (size_t)size);
}

WWS_V1_EXPORT(wws_handle) void handle(void) {
  static char script[8192];
  const int32_t size = wws_v1_request_header("x-calls", 7, script, sizeof script - 1);
  if (size < 0) return;
  for (char* at = script; at != NULL && *at != '\0';) {
    char* end = strstr(at, "; ");
    if (end != NULL) *end = '\0';
    char* rest = strchr(at, ' ');
    if (rest != NULL) *rest++ = '\0';
    report(at, rest, call(at, rest));
    at = end != NULL ? end + 2 : NULL;
  }
}
