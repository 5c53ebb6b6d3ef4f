/* The network of host.h: who is asked answers with what the test says, and in its body with what was asked. */
#ifndef WWS_TESTS_HOST_FETCH_H
#define WWS_TESTS_HOST_FETCH_H

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "wws_v1.h"

enum { HOST_FETCHES = 16, HOST_FETCH_FIRST = 4000, HOST_FETCH_ROOM = 5000, HOST_FETCH_BODY = 1 << 17 };

static struct {
  int absent;        /* the worker may send none */
  int again;         /* AGAIN is said before everything, and bytes come and go in pieces of 1,000 */
  int fails;         /* what requests come to; 0: an answer */
  const char* error; /* the text for that */
  struct {
    int pending, complete, said_again, taken;
    char method[16], url[64], headers[256];
    char body[HOST_FETCH_BODY];
    size_t body_length, read;
  } fetches[HOST_FETCHES];
  int rooms; /* that are pending */
} host_fetch;

static int host_fetch_is_pending(uint32_t operation) {
  if (operation == HOST_FETCH_ROOM) return host_fetch.rooms > 0;
  return operation >= HOST_FETCH_FIRST && operation < HOST_FETCH_FIRST + HOST_FETCHES &&
         host_fetch.fetches[operation - HOST_FETCH_FIRST].pending;
}
static int host_fetch_cancel(uint32_t operation) {
  if (operation == HOST_FETCH_ROOM) return --host_fetch.rooms, 0;
  return host_fetch.fetches[operation - HOST_FETCH_FIRST].pending = 0;
}

int32_t wws_v1_fetch_start(const char* head, size_t head_length, const void* body, size_t body_length,
                           uint32_t flags) {
  uint32_t lengths[2];
  int place = 0;
  if (host_fetch.absent) return WWS_V1_ABSENT;
  while (host_fetch.fetches[place].pending)
    if (++place == HOST_FETCHES) return WWS_V1_TOO_MANY;
  memset(&host_fetch.fetches[place], 0, sizeof host_fetch.fetches[place]);
  memcpy(lengths, head, 8);
  if (lengths[0] >= sizeof host_fetch.fetches[place].method) return WWS_V1_INVALID;
  memcpy(host_fetch.fetches[place].method, head + 8, lengths[0]);
  memcpy(host_fetch.fetches[place].url, head + 8 + lengths[0], lengths[1]);
  for (size_t at = 8 + lengths[0] + lengths[1]; at < head_length; at += 8 + lengths[0] + lengths[1]) {
    char* const text = host_fetch.fetches[place].headers;
    memcpy(lengths, head + at, 8);
    snprintf(text + strlen(text), 64, "%.*s=%.*s;", (int)lengths[0], head + at + 8, (int)lengths[1],
             head + at + 8 + lengths[0]);
  }
  if (body_length > 0) memcpy(host_fetch.fetches[place].body, body, body_length);
  host_fetch.fetches[place].body_length = body_length;
  host_fetch.fetches[place].complete = !(flags & WWS_V1_FETCH_BODY_STREAMS);
  host_fetch.fetches[place].pending = 1;
  return HOST_FETCH_FIRST + place;
}

/* The place of a request that has something to tell, or a code. */
static int host_fetch_place(uint32_t fetch) {
  if (!host_fetch_is_pending(fetch)) return WWS_V1_INVALID;
  const int place = (int)fetch - HOST_FETCH_FIRST;
  int* const said_again = &host_fetch.fetches[place].said_again;
  if (!host_fetch.fetches[place].complete) return WWS_V1_AGAIN;
  *said_again = host_fetch.again && !*said_again;
  return *said_again ? WWS_V1_AGAIN : place;
}

int32_t wws_v1_fetch_status(uint32_t fetch) {
  const int place = host_fetch_place(fetch);
  if (place < 0) return place;
  return host_fetch.fails != 0 ? host_fetch.fails : 201;
}
static int32_t host_fetch_fill(const char* text, size_t length, char* buffer, size_t capacity) {
  if (length <= capacity) memcpy(buffer, text, length);
  return (int32_t)length;
}
int32_t wws_v1_fetch_headers(uint32_t fetch, char* buffer, size_t capacity) {
  static const char list[] = "\3\0\0\0\1\0\0\0x-a1\3\0\0\0\0\0\0\0x-b";
  assert(host_fetch_is_pending(fetch));
  return host_fetch_fill(list, sizeof list - 1, buffer, capacity);
}
int32_t wws_v1_fetch_url(uint32_t fetch, char* buffer, size_t capacity) {
  const char* const url = host_fetch.fetches[fetch - HOST_FETCH_FIRST].url;
  return host_fetch_fill(url, strlen(url), buffer, capacity);
}
int32_t wws_v1_fetch_error(uint32_t fetch, char* buffer, size_t capacity) {
  if (!host_fetch_is_pending(fetch)) return WWS_V1_INVALID;
  if (host_fetch.fails == 0) return WWS_V1_ABSENT;
  return host_fetch_fill(host_fetch.error, strlen(host_fetch.error), buffer, capacity);
}
int32_t wws_v1_fetch_body_read(uint32_t fetch, void* buffer, size_t capacity) {
  const int place = host_fetch_place(fetch);
  if (place < 0) return place;
  size_t count = host_fetch.fetches[place].body_length - host_fetch.fetches[place].read;
  if (count == 0 && host_fetch.fails != 0) return host_fetch.fails;
  if (count > capacity) count = capacity;
  if (host_fetch.again && count > 1000) count = 1000;
  memcpy(buffer, host_fetch.fetches[place].body + host_fetch.fetches[place].read, count);
  host_fetch.fetches[place].read += count;
  return (int32_t)count;
}
int32_t wws_v1_fetch_body_write(uint32_t fetch, const void* bytes, size_t length) {
  if (!host_fetch_is_pending(fetch)) return WWS_V1_INVALID;
  const uint32_t place = fetch - HOST_FETCH_FIRST;
  if (host_fetch.fetches[place].complete) return WWS_V1_STATE;
  host_fetch.fetches[place].taken = host_fetch.again && !host_fetch.fetches[place].taken;
  if (host_fetch.fetches[place].taken) return WWS_V1_AGAIN;
  if (host_fetch.again && length > 1000) length = 1000;
  assert(host_fetch.fetches[place].body_length + length <= HOST_FETCH_BODY);
  memcpy(host_fetch.fetches[place].body + host_fetch.fetches[place].body_length, bytes, length);
  host_fetch.fetches[place].body_length += length;
  return (int32_t)length;
}
int32_t wws_v1_fetch_body_end(uint32_t fetch) {
  if (!host_fetch_is_pending(fetch)) return WWS_V1_INVALID;
  host_fetch.fetches[fetch - HOST_FETCH_FIRST].complete = 1;
  return 0;
}
int32_t wws_v1_fetch_room(uint32_t fetch) {
  if (!host_fetch_is_pending(fetch)) return WWS_V1_INVALID;
  ++host_fetch.rooms;
  return HOST_FETCH_ROOM;
}

#endif
