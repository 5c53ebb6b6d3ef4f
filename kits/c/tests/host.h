/* A server for tests of workers on the host: it defines the functions of wws_v1.h over the variables here. A
 * test sets what the request is, calls wws_handle (or functions of the kit), and looks at the answer. Include
 * it in one file. */
#ifndef WWS_TESTS_HOST_H
#define WWS_TESTS_HOST_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_fetch.h"
#include "host_kv.h"
#include "wws_v1.h"

/* A list is written as names and values in turn, and a NULL. */
static struct {
  const char* fields[WWS_V1_SENT_PATH + 1]; /* NULL: absent */
  const char* headers[64];
  const char* params[64];
  const char* vars[64];
  const char* body;
  size_t body_length;
  size_t body_at;    /* so much was read */
  size_t body_piece; /* so many bytes a read; 0: all */
  int body_again;    /* before each piece AGAIN is said */
  size_t body_cut;   /* the client leaves after so many bytes; 0: it stays */
  size_t room;       /* the answer is taken in pieces of that size, with AGAIN between them; 0: all at once */
  size_t leaves;     /* the client leaves after so many bytes of the answer; 0: it stays */
} host_request;

static struct {
  int status;
  char headers[4096]; /* `name: value\n` */
  char body[1 << 20];
  size_t body_length;
  int head_sent, finished;
  char log[4096]; /* `level text\n` */
  int calls;      /* of all functions */
  int waits;
  int timers[1024]; /* that are pending: 1 */
  int64_t slept;
} host_answer;

static int host_said_again[2];

static void host_reset(void) {
  memset(&host_request, 0, sizeof host_request);
  memset(&host_answer, 0, sizeof host_answer);
  memset(host_said_again, 0, sizeof host_said_again);
  memset(&host_kv, 0, sizeof host_kv);
  memset(&host_fetch, 0, sizeof host_fetch);
  host_request.fields[WWS_V1_METHOD] = "GET";
  host_request.fields[WWS_V1_PATH] = "/";
}

static int32_t host_fill(const char* text, size_t length, char* buffer, size_t capacity) {
  ++host_answer.calls;
  if (length <= capacity) memcpy(buffer, text, length);
  return (int32_t)length;
}

static int32_t host_fill_list(const char** list, char* buffer, size_t capacity) {
  static char encoded[1 << 16];
  size_t length = 0;
  for (; *list != NULL; list += 2) {
    const uint32_t lengths[2] = {(uint32_t)strlen(list[0]), (uint32_t)strlen(list[1])};
    memcpy(encoded + length, lengths, 8);
    memcpy(encoded + length + 8, list[0], lengths[0]);
    memcpy(encoded + length + 8 + lengths[0], list[1], lengths[1]);
    length += 8 + lengths[0] + lengths[1];
  }
  return host_fill(encoded, length, buffer, capacity);
}

int32_t wws_v1_request_get(uint32_t field, char* buffer, size_t capacity) {
  if (field > WWS_V1_SENT_PATH) return WWS_V1_INVALID;
  const char* text = host_request.fields[field];
  return text != NULL ? host_fill(text, strlen(text), buffer, capacity) : (int32_t)WWS_V1_ABSENT;
}
int32_t wws_v1_request_headers(char* buffer, size_t capacity) {
  return host_fill_list(host_request.headers, buffer, capacity);
}
int32_t wws_v1_request_header(const char* name, size_t name_length, char* buffer, size_t capacity) {
  for (const char** entry = host_request.headers; *entry != NULL; entry += 2) {
    if (strlen(*entry) == name_length && memcmp(*entry, name, name_length) == 0) {
      return host_fill(entry[1], strlen(entry[1]), buffer, capacity);
    }
  }
  ++host_answer.calls;
  return WWS_V1_ABSENT;
}
int32_t wws_v1_request_params(char* buffer, size_t capacity) {
  return host_fill_list(host_request.params, buffer, capacity);
}
int32_t wws_v1_request_vars(char* buffer, size_t capacity) {
  return host_fill_list(host_request.vars, buffer, capacity);
}
int32_t wws_v1_request_body_read(void* buffer, size_t capacity) {
  ++host_answer.calls;
  size_t count = host_request.body_length - host_request.body_at;
  if (count == 0 || capacity == 0) return 0;
  if (host_request.body_cut != 0 && host_request.body_at >= host_request.body_cut) return WWS_V1_CLOSED;
  host_said_again[0] = host_request.body_again && !host_said_again[0];
  if (host_said_again[0]) return WWS_V1_AGAIN;
  if (host_request.body_piece != 0 && count > host_request.body_piece) count = host_request.body_piece;
  if (count > capacity) count = capacity;
  memcpy(buffer, host_request.body + host_request.body_at, count);
  host_request.body_at += count;
  return (int32_t)count;
}

int32_t wws_v1_response_status(int32_t status) {
  ++host_answer.calls;
  if (host_answer.head_sent) return WWS_V1_STATE;
  if (status < 200 || status > 999) return WWS_V1_INVALID;
  host_answer.status = status;
  return 0;
}
int32_t wws_v1_response_header(const char* name, size_t name_length, const char* value, size_t value_length) {
  ++host_answer.calls;
  if (host_answer.head_sent) return WWS_V1_STATE;
  if (memchr(value, '\n', value_length) != NULL) return WWS_V1_INVALID;
  const size_t length = strlen(host_answer.headers);
  snprintf(host_answer.headers + length, sizeof host_answer.headers - length, "%.*s: %.*s\n",
           (int)name_length, name, (int)value_length, value);
  return 0;
}
int32_t wws_v1_response_body_write(const void* bytes, size_t length) {
  ++host_answer.calls;
  if (host_answer.finished) return WWS_V1_STATE;
  if (host_request.leaves != 0 && host_answer.body_length >= host_request.leaves) return WWS_V1_CLOSED;
  if (length == 0) return 0;
  host_said_again[1] = host_request.room != 0 && !host_said_again[1];
  if (host_said_again[1]) return WWS_V1_AGAIN;
  if (host_request.room != 0 && length > host_request.room) length = host_request.room;
  assert(host_answer.body_length + length <= sizeof host_answer.body);
  memcpy(host_answer.body + host_answer.body_length, bytes, length);
  host_answer.body_length += length;
  host_answer.head_sent = 1;
  return (int32_t)length;
}
int32_t wws_v1_response_finish(void) {
  ++host_answer.calls;
  if (host_answer.finished) return WWS_V1_STATE;
  host_answer.finished = 1;
  return 0;
}

int32_t wws_v1_timer(int64_t nanoseconds) {
  ++host_answer.calls;
  if (nanoseconds < 0) return WWS_V1_INVALID;
  for (int32_t i = 0; i < 1024; ++i) {
    if (!host_answer.timers[i]) return host_answer.timers[i] = 1, i + 2;
  }
  return WWS_V1_LIMIT;
}
int32_t wws_v1_cancel(uint32_t operation) {
  ++host_answer.calls;
  if (host_kv_is_pending(operation)) return host_kv.operations[operation - HOST_KV_FIRST].pending = 0;
  if (host_fetch_is_pending(operation)) return host_fetch_cancel(operation);
  if (operation < 2 || operation >= 1026 || !host_answer.timers[operation - 2]) return WWS_V1_INVALID;
  host_answer.timers[operation - 2] = 0;
  return 0;
}
/* All is ready at once: the first. */
int32_t wws_v1_wait(const uint32_t* operations, size_t count) {
  ++host_answer.waits;
  if (count == 0 || count > 1024) return WWS_V1_INVALID;
  for (size_t i = 0; i < count; ++i) {
    if (host_kv_is_pending(operations[i]) || host_fetch_is_pending(operations[i])) continue;
    if (operations[i] >= 2 && (operations[i] >= 1026 || !host_answer.timers[operations[i] - 2]))
      return WWS_V1_INVALID;
  }
  if (operations[0] >= 2 && operations[0] < 1026) host_answer.timers[operations[0] - 2] = 0;
  return 0;
}
int32_t wws_v1_sleep(int64_t nanoseconds) {
  if (nanoseconds < 0) return WWS_V1_INVALID;
  host_answer.slept += nanoseconds;
  return 0;
}

int32_t wws_v1_log(int32_t level, const char* text, size_t length) {
  ++host_answer.calls;
  const size_t filled = strlen(host_answer.log);
  snprintf(host_answer.log + filled, sizeof host_answer.log - filled, "%d %.*s\n", (int)level, (int)length,
           text);
  return 0;
}
int64_t wws_v1_clock(int32_t id) {
  return id == WWS_V1_WALL_CLOCK     ? 1700000000123000000
         : id == WWS_V1_STEADY_CLOCK ? 5000000
                                     : (int64_t)WWS_V1_INVALID;
}
int32_t wws_v1_random(void* buffer, size_t length) {
  if (length > 1 << 20) return WWS_V1_LIMIT;
  memset(buffer, 0xa5, length);
  return 0;
}

#endif
