/** Outgoing requests for workers in C: one header over wws.h.
 *
 *     wws_answer answer;
 *     if (wws_fetch("GET", "https://api.example.com/today", NULL, &answer) < 0) {
 *       wws_reply(502, "text/plain", answer.error_text);
 *       return;
 *     }
 *     size_t length;
 *     const char* body = wws_fetch_body(answer.fetch, &length);
 *
 * Where requests may go is in the worker's TOML file, in `[features.http_requests]`; docs/fetch.md tells the
 * rest. Functions return 0 or more, or a code of `enum wws_error`. They wait for what they ask, but for
 * those with `try`.
 *
 * A request is an operation, as a timer is one. To have several on their way at once, start each, and finish
 * them then. Its operation is ready when there is something new: the answer's head, bytes of its body, its
 * end, or a failure. It is there until wws_cancel, which breaks off what is under way, or to the end of the
 * worker. Text and lists are in memory of the request (see wws_alloc). */
#ifndef WWS_FETCH_H
#define WWS_FETCH_H

#include "wws.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What is done with an answer that leads elsewhere. */
enum wws_redirect {
  WWS_REDIRECT_FOLLOW = 0,                            /**< it is followed, as far as the worker may go */
  WWS_REDIRECT_MANUAL = WWS_V1_FETCH_REDIRECT_MANUAL, /**< it is the answer */
  WWS_REDIRECT_FAIL = WWS_V1_FETCH_REDIRECT_ERROR,    /**< it is an error */
};

/** What a request has besides method and URL; NULL where it is asked for: nothing. */
typedef struct wws_fetch_options {
  const wws_field* headers; /**< a list: it ends with a field whose name is NULL; NULL: none */
  wws_bytes body;           /**< all of it, up to 16 MiB */
  bool body_streams;        /**< the body follows, by wws_fetch_write and wws_fetch_end; `body` is empty */
  enum wws_redirect redirect;
} wws_fetch_options;

/** A field of a list of headers. */
static inline wws_field wws_field_of(const char* name, const char* value) {
  wws_field field;
  field.name = name;
  field.value = value;
  field.name_length = name != NULL ? strlen(name) : 0;
  field.value_length = value != NULL ? strlen(value) : 0;
  return field;
}

/** The head of an answer. */
typedef struct wws_answer {
  int fetch;                /**< the request: an operation, or the error if it was not begun */
  int status;               /**< or why there is no answer: a negative code */
  const wws_field* headers; /**< in the order received, names in lower case, repeated ones kept */
  const char* url;          /**< that answered: after redirects another one */
  const char* error_text;   /**< the server's words for why there is none; NULL if there is one */
} wws_answer;

static inline char* wws_fetch_put_(char* at, const char* text, size_t length) {
  if (length > 0) memcpy(at, text, length);
  return at + length;
}

static inline char* wws_fetch_put_lengths_(char* at, size_t first, size_t second) {
  const uint32_t lengths[2] = {(uint32_t)first, (uint32_t)second};
  memcpy(at, lengths, sizeof lengths);
  return at + sizeof lengths;
}

/** Starts a request: its operation. WWS_NOT_ALLOWED: the worker may send none. WWS_TOO_MANY. WWS_INVALID. */
WWS_FUNCTION_ int wws_fetch_start(const char* method, const char* url, const wws_fetch_options* options) {
  static const wws_field kNone = {NULL, NULL, 0, 0};
  const wws_field* const headers = options != NULL && options->headers != NULL ? options->headers : &kNone;
  const size_t method_length = strlen(method), url_length = strlen(url);
  size_t size = 8 + method_length + url_length;
  for (const wws_field* field = headers; field->name != NULL; ++field)
    size += 8 + field->name_length + field->value_length;
  char* const head = wws_room_(size); /* which nobody takes */
  char* at = wws_fetch_put_lengths_(head, method_length, url_length);
  at = wws_fetch_put_(at, method, method_length);
  at = wws_fetch_put_(at, url, url_length);
  for (const wws_field* field = headers; field->name != NULL; ++field) {
    at = wws_fetch_put_lengths_(at, field->name_length, field->value_length);
    at = wws_fetch_put_(at, field->name, field->name_length);
    at = wws_fetch_put_(at, field->value, field->value_length);
  }
  const wws_bytes body = options != NULL ? options->body : wws_bytes_of(NULL, 0);
  uint32_t flags = options != NULL ? (uint32_t)options->redirect : 0;
  if (options != NULL && options->body_streams) flags |= WWS_V1_FETCH_BODY_STREAMS;
  const int fetch = wws_v1_fetch_start(head, size, body.bytes, body.length, flags);
  if (fetch == WWS_ABSENT) return WWS_NOT_ALLOWED;
  return fetch == WWS_LIMIT ? WWS_TOO_MANY : fetch;
}

/* What a function of the ABI fills, in room that nobody has taken yet: its length. */
__attribute__((always_inline)) static inline int wws_fetch_fill_(int fetch, char** room,
                                                                 int32_t (*call)(uint32_t, char*, size_t)) {
  *room = wws_room_(WWS_GUESS_);
  int length = call((uint32_t)fetch, *room, WWS_GUESS_ - 1);
  if (length >= WWS_GUESS_) {
    *room = wws_room_((size_t)length + 1);
    length = call((uint32_t)fetch, *room, (size_t)length);
  }
  return length;
}

/** The server's words for why a request failed, or those for its code. */
WWS_FUNCTION_ const char* wws_fetch_error_text(int fetch, int error) {
  char* room;
  const int length = fetch >= 0 ? wws_fetch_fill_(fetch, &room, wws_v1_fetch_error) : -1;
  return length >= 0 ? wws_keep_text_(room, length) : wws_error_text(error);
}

/** The status of the answer without waiting: WWS_AGAIN, or why there is none. */
static inline int wws_fetch_try_status(int fetch) {
  return fetch < 0 ? fetch : wws_v1_fetch_status((uint32_t)fetch);
}

/** Finishes what wws_fetch_start gave: waits for the head, and gives its status, or why there is none. */
WWS_FUNCTION_ int wws_fetch_finish(int fetch, wws_answer* answer) {
  char* room;
  memset(answer, 0, sizeof *answer);
  answer->fetch = fetch;
  while ((answer->status = wws_fetch_try_status(fetch)) == WWS_AGAIN) {
    const int error = wws_wait_for_((uint32_t)fetch);
    if (error < 0) return answer->status = error;
  }
  if (answer->status < 0) {
    answer->error_text = wws_fetch_error_text(fetch, answer->status);
    return answer->status;
  }
  const int url_length = wws_fetch_fill_(fetch, &room, wws_v1_fetch_url);
  answer->url = url_length >= 0 ? wws_keep_text_(room, url_length) : "";
  const int length = wws_fetch_fill_(fetch, &room, wws_v1_fetch_headers);
  if (length < 0) return answer->status = length;
  (void)wws_take_((size_t)length + 1);
  answer->headers = wws_parse_list_(room, (size_t)length);
  return answer->status;
}

/** Sends a request and waits for the head of its answer: its status, or why there is none. */
static inline int wws_fetch(const char* method, const char* url, const wws_fetch_options* options,
                            wws_answer* answer) {
  return wws_fetch_finish(wws_fetch_start(method, url, options), answer);
}

/* --- Bodies --- */

/** The next bytes of the answer's body without waiting: how many, 0 at the end, WWS_AGAIN (then wait for the
 * request's operation), or why there are no more. */
static inline int wws_fetch_try_read(int fetch, void* buffer, size_t capacity) {
  return wws_v1_fetch_body_read((uint32_t)fetch, buffer, capacity);
}

/** The next bytes of the answer's body, at most `capacity` (not 0), as soon as there are some: how many. 0:
 * the end. Encodings such as gzip are not undone. */
WWS_FUNCTION_ int wws_fetch_read(int fetch, void* buffer, size_t capacity) {
  for (;;) {
    const int count = wws_fetch_try_read(fetch, buffer, capacity);
    if (count != WWS_AGAIN) return count;
    const int error = wws_wait_for_((uint32_t)fetch);
    if (error < 0) return error;
  }
}

/** The whole body of the answer (or what was not read of it) with a NUL behind it. `length` may be NULL. NULL:
 * it broke off, or is larger than the server lets through; then `length` is not changed. */
WWS_FUNCTION_ const char* wws_fetch_body(int fetch, size_t* length) {
  size_t filled = 0, capacity = WWS_CHUNK_;
  char* body = (char*)wws_alloc(capacity);
  for (;;) {
    const int count = wws_fetch_read(fetch, body + filled, capacity - filled);
    if (count < 0) return NULL;
    if (count == 0) break;
    filled += (size_t)count;
    if (filled == capacity) {
      capacity *= 2;
      body = (char*)memcpy(wws_alloc(capacity), body, filled);
    }
  }
  body[filled] = '\0';
  if (length != NULL) *length = filled;
  return body;
}

/** Writes bytes of the request's body without waiting: how many were taken, or WWS_AGAIN (then wait for what
 * wws_fetch_room gives), or why it failed. */
static inline int wws_fetch_try_write(int fetch, const void* bytes, size_t length) {
  return wws_v1_fetch_body_write((uint32_t)fetch, bytes, length);
}

/** A new operation that is ready when bytes of the request's body are taken. End it with wws_cancel. */
static inline int wws_fetch_room(int fetch) { return wws_v1_fetch_room((uint32_t)fetch); }

/** Writes all the bytes to the request's body, waiting for room: 0. WWS_STATE: it does not stream. */
WWS_FUNCTION_ int wws_fetch_write(int fetch, const void* bytes, size_t length) {
  const char* at = (const char*)bytes;
  while (length > 0) {
    const int count = wws_fetch_try_write(fetch, at, length);
    if (count == WWS_AGAIN) {
      const int room = wws_fetch_room(fetch);
      if (room < 0) return room;
      const int error = wws_wait_for_((uint32_t)room);
      (void)wws_cancel(room);
      if (error < 0) return error;
      continue;
    }
    if (count < 0) return count;
    at += count;
    length -= (size_t)count;
  }
  return 0;
}

/** The request's body is complete. */
static inline int wws_fetch_end(int fetch) { return wws_v1_fetch_body_end((uint32_t)fetch); }

#ifdef __cplusplus
}
#endif
#endif
