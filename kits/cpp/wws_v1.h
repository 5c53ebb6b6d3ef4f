/* The functions of `wws_v1` as docs/abi.md defines them, for C11 and C++: the bare ABI. Workers are more
 * pleasant with a kit, which is made of these.
 *
 * A worker is a reactor: zig cc --target=wasm32-wasi -mexec-model=reactor worker.c -o worker.wasm
 *
 * Nothing here waits except wws_v1_wait and wws_v1_sleep, and nothing keeps an address that it was given.
 * What returns int32_t answers 0 or more (a count, a length, an id), or one of the codes below.
 *
 * Compiled for something else than WebAssembly these are ordinary functions that nobody has defined: a test
 * on the host defines them, and calls the functions of the worker itself. */
#ifndef WWS_V1_H
#define WWS_V1_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __wasm__
#define WWS_V1_IMPORT(name) __attribute__((import_module("wws_v1"), import_name(#name))) extern
/* Before the definition of a function that the server calls: WWS_V1_EXPORT(wws_handle) void handle(void) {}
 */
#define WWS_V1_EXPORT(name) __attribute__((export_name(#name), used))
#else
#define WWS_V1_IMPORT(name) extern
#define WWS_V1_EXPORT(name)
#endif

/* What functions return besides counts and ids. */
enum {
  WWS_V1_AGAIN = -1,   /* nothing now; wait for the operation */
  WWS_V1_CLOSED = -2,  /* the client left */
  WWS_V1_INVALID = -3, /* an argument that is none of those allowed */
  WWS_V1_STATE = -4,   /* the head was sent, or the answer is finished */
  WWS_V1_ABSENT = -5,  /* there is none */
  WWS_V1_LIMIT = -6,   /* more than the server keeps */
};

/* Fields of request_get. */
enum {
  WWS_V1_METHOD = 0,
  WWS_V1_URL = 1,
  WWS_V1_PATH = 2,      /* normalised, percent-encoded */
  WWS_V1_QUERY = 3,     /* as sent; ABSENT without `?` */
  WWS_V1_PEER = 4,      /* address of the client */
  WWS_V1_ID = 5,        /* as in the server's log */
  WWS_V1_SENT_PATH = 6, /* as the client sent it, not normalised; INVALID from servers that do not know it */
};

/* Operations that are always there. */
enum { WWS_V1_REQUEST_BODY = 0, WWS_V1_RESPONSE_BODY = 1 };

/* Levels of log, clocks. */
enum { WWS_V1_ERROR = 0, WWS_V1_WARNING = 1, WWS_V1_INFO = 2, WWS_V1_DEBUG = 3 };
enum { WWS_V1_WALL_CLOCK = 0, WWS_V1_STEADY_CLOCK = 1 };

/* --- The request ---
 * These return the length of the whole. If that is more than `capacity` nothing was written: ask again with a
 * larger buffer. Lists are entries of name length, value length (4 bytes each, little-endian), name, value.
 */
WWS_V1_IMPORT(request_get) int32_t wws_v1_request_get(uint32_t field, char* buffer, size_t capacity);
/* In the order received, names in lower case, repeated names kept. */
WWS_V1_IMPORT(request_headers) int32_t wws_v1_request_headers(char* buffer, size_t capacity);
/* One header, its values joined; the name in any case. */
WWS_V1_IMPORT(request_header)
int32_t wws_v1_request_header(const char* name, size_t name_length, char* buffer, size_t capacity);
/* Parameters of the route, decoded; variables of the worker. */
WWS_V1_IMPORT(request_params) int32_t wws_v1_request_params(char* buffer, size_t capacity);
WWS_V1_IMPORT(request_vars) int32_t wws_v1_request_vars(char* buffer, size_t capacity);

/* At most `capacity` bytes, 0 at the end. AGAIN: wait for WWS_V1_REQUEST_BODY. */
WWS_V1_IMPORT(request_body_read) int32_t wws_v1_request_body_read(void* buffer, size_t capacity);

/* --- The answer ---
 * Its head leaves with the first bytes of its body, or at its end; status and headers can be given until
 * then. */
WWS_V1_IMPORT(response_status) int32_t wws_v1_response_status(int32_t status);
/* Adds a field, also to others of that name. */
WWS_V1_IMPORT(response_header)
int32_t wws_v1_response_header(const char* name, size_t name_length, const char* value, size_t value_length);
/* How many bytes were taken: some, not always all. AGAIN: wait for WWS_V1_RESPONSE_BODY. */
WWS_V1_IMPORT(response_body_write) int32_t wws_v1_response_body_write(const void* bytes, size_t length);
/* The answer is complete; the worker may go on. */
WWS_V1_IMPORT(response_finish) int32_t wws_v1_response_finish(void);

/* --- Waiting --- */
/* The number of a new operation, which is ready after that time. */
WWS_V1_IMPORT(timer) int32_t wws_v1_timer(int64_t nanoseconds);
/* The place in `operations` of one that is ready. A timer ends with that: its number may be given again. */
WWS_V1_IMPORT(wait) int32_t wws_v1_wait(const uint32_t* operations, size_t count);
WWS_V1_IMPORT(cancel) int32_t wws_v1_cancel(uint32_t operation);
WWS_V1_IMPORT(sleep) int32_t wws_v1_sleep(int64_t nanoseconds);

/* --- Other --- */
WWS_V1_IMPORT(log) int32_t wws_v1_log(int32_t level, const char* text, size_t length);
/* Nanoseconds, in steps of a millisecond. */
WWS_V1_IMPORT(clock) int64_t wws_v1_clock(int32_t id);
/* Fit for keys; at most 1 MiB in a call and 4 MiB in an instance. */
WWS_V1_IMPORT(random) int32_t wws_v1_random(void* buffer, size_t length);

#ifdef __cplusplus
}
#endif
#endif
