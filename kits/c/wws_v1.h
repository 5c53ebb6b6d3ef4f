/* The functions of `wws_v1` as docs/abi.md defines them, for C11 and C++: the bare ABI. Workers are more
 * pleasant with wws.h, which is made of these.
 *
 * A worker is a reactor: zig cc --target=wasm32-wasi -mexec-model=reactor worker.c -o worker.wasm */
#ifndef WWS_V1_H
#define WWS_V1_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WWS_V1_IMPORT(name) __attribute__((import_module("wws_v1"), import_name(#name))) extern
/* Before the definition of a function that the server calls: WWS_V1_EXPORT(wws_handle) void handle(void) {} */
#define WWS_V1_EXPORT(name) __attribute__((export_name(#name), used))

/* What functions return besides counts and ids. */
enum {
  WWS_V1_AGAIN = -1,
  WWS_V1_CLOSED = -2,
  WWS_V1_INVALID = -3,
  WWS_V1_STATE = -4,
  WWS_V1_ABSENT = -5,
  WWS_V1_LIMIT = -6,
};

/* Fields of request_get. */
enum {
  WWS_V1_METHOD = 0,
  WWS_V1_URL = 1,
  WWS_V1_PATH = 2,
  WWS_V1_QUERY = 3,
  WWS_V1_PEER = 4,
  WWS_V1_ID = 5,
};

/* Operations that are always there. */
enum { WWS_V1_REQUEST_BODY = 0, WWS_V1_RESPONSE_BODY = 1 };

/* Levels of log, clocks. */
enum { WWS_V1_ERROR = 0, WWS_V1_WARNING = 1, WWS_V1_INFO = 2, WWS_V1_DEBUG = 3 };
enum { WWS_V1_WALL_CLOCK = 0, WWS_V1_STEADY_CLOCK = 1 };

WWS_V1_IMPORT(request_get) int32_t wws_v1_request_get(uint32_t field, char* buffer, size_t capacity);
WWS_V1_IMPORT(request_headers) int32_t wws_v1_request_headers(char* buffer, size_t capacity);
WWS_V1_IMPORT(request_header)
int32_t wws_v1_request_header(const char* name, size_t name_length, char* buffer, size_t capacity);
WWS_V1_IMPORT(request_params) int32_t wws_v1_request_params(char* buffer, size_t capacity);
WWS_V1_IMPORT(request_vars) int32_t wws_v1_request_vars(char* buffer, size_t capacity);
WWS_V1_IMPORT(request_body_read) int32_t wws_v1_request_body_read(void* buffer, size_t capacity);

WWS_V1_IMPORT(response_status) int32_t wws_v1_response_status(int32_t status);
WWS_V1_IMPORT(response_header)
int32_t wws_v1_response_header(const char* name, size_t name_length, const char* value, size_t value_length);
WWS_V1_IMPORT(response_body_write) int32_t wws_v1_response_body_write(const void* bytes, size_t length);
WWS_V1_IMPORT(response_finish) int32_t wws_v1_response_finish(void);

WWS_V1_IMPORT(timer) int32_t wws_v1_timer(int64_t nanoseconds);
WWS_V1_IMPORT(wait) int32_t wws_v1_wait(const uint32_t* operations, size_t count);
WWS_V1_IMPORT(cancel) int32_t wws_v1_cancel(uint32_t operation);
WWS_V1_IMPORT(sleep) int32_t wws_v1_sleep(int64_t nanoseconds);

WWS_V1_IMPORT(log) int32_t wws_v1_log(int32_t level, const char* text, size_t length);
WWS_V1_IMPORT(clock) int64_t wws_v1_clock(int32_t id);
WWS_V1_IMPORT(random) int32_t wws_v1_random(void* buffer, size_t length);

#ifdef __cplusplus
}
#endif
#endif
