/* A native worker that sends requests as its query says, and answers with what came of them.
 *   get=URL     the answer's body, streamed through; its status in "x-status", the URL that answered in "x-url"
 *   post=URL    the same, with the client's own body streamed to it
 *   ten=URL     ten requests at once: their statuses
 *   leave=URL   begins one and returns
 *   many=N:URL  N requests, 32 at a time, bodies read to their ends: how many answered 200
 * A failure is 502, with the error's number and its text. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "wws_v1.h"

static char query[2048];
static char head[4096];
static char buffer[65536];

static uint32_t make_head(const char *method, const char *url, uint32_t url_length) {
  const uint32_t method_length = (uint32_t)strlen(method);
  memcpy(head, &method_length, 4);
  memcpy(head + 4, &url_length, 4);
  memcpy(head + 8, method, method_length);
  memcpy(head + 8 + method_length, url, url_length);
  return 8 + method_length + url_length;
}

static void wait_for(uint32_t operation) { wws_v1_wait(&operation, 1); }

static void write_all(const char *bytes, int32_t length) {
  while (length > 0) {
    const int32_t taken = wws_v1_response_body_write(bytes, (size_t)length);
    if (taken == WWS_V1_AGAIN) {
      wait_for(WWS_V1_RESPONSE_BODY);
      continue;
    }
    if (taken < 0) return;
    bytes += taken;
    length -= taken;
  }
}

static void fail(uint32_t fetch, int32_t error) {
  wws_v1_response_status(502);
  char text[32];
  write_all(text, snprintf(text, sizeof text, "%d ", (int)error));
  const int32_t length = wws_v1_fetch_error(fetch, buffer, sizeof buffer);
  if (length > 0) write_all(buffer, length);
}

static int32_t status_of(uint32_t fetch) {
  int32_t status;
  while ((status = wws_v1_fetch_status(fetch)) == WWS_V1_AGAIN) wait_for(fetch);
  return status;
}

static void set_header(const char *name, const char *value, size_t length) {
  wws_v1_response_header(name, strlen(name), value, length);
}

static void give_answer(uint32_t fetch) {
  const int32_t status = status_of(fetch);
  if (status < 0) return fail(fetch, status);
  char text[16];
  set_header("x-status", text, (size_t)snprintf(text, sizeof text, "%d", (int)status));
  const int32_t length = wws_v1_fetch_url(fetch, buffer, sizeof buffer);
  if (length > 0) set_header("x-url", buffer, (size_t)length);
  int32_t size;
  while ((size = wws_v1_fetch_body_read(fetch, buffer, sizeof buffer)) != 0) {
    if (size == WWS_V1_AGAIN) {
      wait_for(fetch);
    } else if (size < 0) {
      __builtin_trap(); /* the client sees that something is missing */
    } else {
      write_all(buffer, size);
    }
  }
}

/* Sends the request's body on. */
static void send_body(uint32_t fetch) {
  const uint32_t room = (uint32_t)wws_v1_fetch_room(fetch);
  int32_t size;
  while ((size = wws_v1_request_body_read(buffer, sizeof buffer)) != 0) {
    if (size == WWS_V1_AGAIN) {
      wait_for(WWS_V1_REQUEST_BODY);
      continue;
    }
    if (size < 0) return;
    for (int32_t sent = 0; sent < size;) {
      const int32_t taken = wws_v1_fetch_body_write(fetch, buffer + sent, (size_t)(size - sent));
      if (taken == WWS_V1_AGAIN) {
        wait_for(room);
      } else if (taken < 0) {
        return;
      } else {
        sent += taken;
      }
    }
  }
  wws_v1_fetch_body_end(fetch);
}

static void ten(const char *url, uint32_t length) {
  uint32_t fetches[10];
  const uint32_t size = make_head("GET", url, length);
  for (int i = 0; i < 10; ++i) fetches[i] = (uint32_t)wws_v1_fetch_start(head, size, "", 0, 0);
  for (int i = 0; i < 10; ++i) {
    char text[16];
    write_all(text, snprintf(text, sizeof text, "%d ", (int)status_of(fetches[i])));
  }
}

/* Reads on without waiting. True: it has ended; `good` counts those that ended well. */
static int is_over(uint32_t fetch, int *good) {
  if (wws_v1_fetch_status(fetch) == WWS_V1_AGAIN) return 0;
  int32_t size;
  while ((size = wws_v1_fetch_body_read(fetch, buffer, sizeof buffer)) > 0) {
  }
  if (size == WWS_V1_AGAIN) return 0;
  if (size == 0 && wws_v1_fetch_status(fetch) == 200) ++*good;
  wws_v1_cancel(fetch);
  return 1;
}

static void many(const char *text) {
  enum { AT_A_TIME = 32 };
  uint32_t running[AT_A_TIME];
  size_t count = 0;
  int left = 0, good = 0;
  for (; *text != ':'; ++text) left = left * 10 + (*text - '0');
  const uint32_t size = make_head("GET", text + 1, (uint32_t)strlen(text + 1));
  while (left > 0 || count > 0) {
    for (; left > 0 && count < AT_A_TIME; --left) {
      const int32_t fetch = wws_v1_fetch_start(head, size, "", 0, 0);
      if (fetch < 0) return fail(0, fetch);
      running[count++] = (uint32_t)fetch;
    }
    const int32_t ready = wws_v1_wait(running, count);
    if (ready < 0) return;
    if (is_over(running[ready], &good)) running[ready] = running[--count];
  }
  char answer[16];
  write_all(answer, snprintf(answer, sizeof answer, "%d", good));
}

__attribute__((export_name("wws_handle"))) void wws_handle(void) {
  const int32_t length = wws_v1_request_get(3, query, sizeof query - 1);
  if (length <= 0) return;
  query[length] = 0;
  char *url = strchr(query, '=');
  if (url == NULL) return;
  *url++ = 0;
  const uint32_t url_length = (uint32_t)strlen(url);
  if (strcmp(query, "many") == 0) return many(url);
  if (strcmp(query, "ten") == 0) return ten(url, url_length);
  const int streams = strcmp(query, "post") == 0;
  const uint32_t size = make_head(streams ? "POST" : "GET", url, url_length);
  const int32_t fetch = wws_v1_fetch_start(head, size, "", 0, streams ? WWS_V1_FETCH_BODY_STREAMS : 0);
  if (fetch < 0) return fail(0, fetch);
  if (strcmp(query, "leave") == 0) return;
  if (streams) send_body((uint32_t)fetch);
  give_answer((uint32_t)fetch);
}
