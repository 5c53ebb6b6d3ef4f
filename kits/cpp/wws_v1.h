/* The functions of `wws_v1` as docs/abi.md defines them, for C11 and C++: the bare ABI. Workers are more
 * pleasant with a kit, which is made of these.
 *
 * A worker is a reactor: zig cc --target=wasm32-wasi -mexec-model=reactor worker.c -o worker.wasm
 *
 * Nothing here waits except wws_v1_wait and wws_v1_sleep, while wws_v1_crypto may give others a turn, and
 * nothing keeps an address that it was given. What returns int32_t answers 0 or more (a count, a length, an
 * id), or one of the codes below.
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
  /* Of the key-value store. */
  WWS_V1_CONFLICT = -7,      /* a condition or a version is not as demanded; nothing was done */
  WWS_V1_QUOTA = -8,         /* the namespace has no room; nothing was done */
  WWS_V1_UNAVAILABLE = -9,   /* the store cannot do it now; nothing was done */
  WWS_V1_UNKNOWN = -10,      /* it may have been done or not */
  WWS_V1_NOT_A_NUMBER = -11, /* the value is no decimal 64-bit number */
  WWS_V1_KEY_SIZE = -12,     /* a key that is empty or too long */
  WWS_V1_VALUE_SIZE = -13,   /* a value that is too large */
  WWS_V1_TOO_MUCH = -14,     /* too many keys, or too many bytes, for one operation */
  WWS_V1_FULL = -15,         /* the store has no room; nothing was done */
  WWS_V1_OVERFLOW = -16,     /* the number would not fit into 64 bits */
  WWS_V1_IO = -17,           /* the disk is full or failed; nothing was done */
  /* Of outgoing requests. */
  WWS_V1_NOT_ALLOWED = -18, /* the worker may not send it there, or so */
  WWS_V1_UNREACHABLE = -19, /* no such name, or nobody answers there */
  WWS_V1_TLS = -20,         /* there is no secure connection to who it should be */
  WWS_V1_TIMEOUT = -21,     /* a time limit */
  WWS_V1_REDIRECT = -22,    /* too many redirects, or one that cannot be followed */
  WWS_V1_LOOP = -23,        /* requests go round through this server */
  WWS_V1_TOO_LARGE = -24,   /* a body or head above its limit */
  WWS_V1_BROKEN = -25,      /* the other side broke off, or does not speak HTTP */
  WWS_V1_TOO_MANY = -26,    /* more requests than the worker may send */
  /* Of cryptography. */
  WWS_V1_KEY = -27,    /* a key, an IV or an encoding that is none */
  WWS_V1_FAILED = -28, /* a wrong signature, data that does not decrypt, a key that is too short */
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

/* Conditions of kv_put, content of kv_list, changes of kv_transaction. */
enum { WWS_V1_PUT_ALWAYS = 0, WWS_V1_PUT_IF_ABSENT = 1, WWS_V1_PUT_IF_PRESENT = 2 };
enum { WWS_V1_LIST_KEYS = 0, WWS_V1_LIST_VALUES = 1, WWS_V1_LIST_METADATA = 2 };
enum {
  WWS_V1_CHECK = 1,
  WWS_V1_PUT = 2,
  WWS_V1_DELETE = 3,
  WWS_V1_CHECK_ALL = 4,
  WWS_V1_PUT_WITH_METADATA = 5
};

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

/* --- The key-value store ---
 * Each begins an operation: its number. ABSENT: the worker has no namespace. Times to live are in
 * milliseconds; 0: for ever. The version of a key that is not there is 0. */
/* Operations that begin from now on are on the namespace of this binding; an empty name: on the worker's own.
 * Those that have begun stay where they are. ABSENT: there is no such binding. */
WWS_V1_IMPORT(kv_select) int32_t wws_v1_kv_select(const char* name, size_t name_length);
WWS_V1_IMPORT(kv_get) int32_t wws_v1_kv_get(const char* key, size_t key_length);
/* A sequence of length (4 bytes) and key. */
WWS_V1_IMPORT(kv_get_many) int32_t wws_v1_kv_get_many(const char* keys, size_t length);
WWS_V1_IMPORT(kv_list)
int32_t wws_v1_kv_list(const char* prefix, size_t prefix_length, const char* after, size_t after_length,
                       uint32_t limit, uint32_t content);
WWS_V1_IMPORT(kv_put)
int32_t wws_v1_kv_put(const char* key, size_t key_length, const char* value, size_t value_length,
                      int64_t time_to_live, uint32_t condition);
/* With metadata: a text of at most 1,024 bytes, JSON by agreement. */
WWS_V1_IMPORT(kv_put_with_metadata)
int32_t wws_v1_kv_put_with_metadata(const char* key, size_t key_length, const char* value,
                                    size_t value_length, const char* metadata, size_t metadata_length,
                                    int64_t time_to_live, uint32_t condition);
WWS_V1_IMPORT(kv_delete) int32_t wws_v1_kv_delete(const char* key, size_t key_length);
WWS_V1_IMPORT(kv_increment)
int32_t wws_v1_kv_increment(const char* key, size_t key_length, int64_t by, int64_t time_to_live);
WWS_V1_IMPORT(kv_compare_and_swap)
int32_t wws_v1_kv_compare_and_swap(const char* key, size_t key_length, uint64_t version, const char* value,
                                   size_t value_length, int64_t time_to_live);
WWS_V1_IMPORT(kv_transaction) int32_t wws_v1_kv_transaction(const char* changes, size_t length);
/* What it came to, and the end of the operation: the length of the whole. More than `capacity`: nothing was
 * written, ask again. AGAIN: wait for the operation. */
WWS_V1_IMPORT(kv_result) int32_t wws_v1_kv_result(uint32_t operation, char* buffer, size_t capacity);
/* The same, and records with all that is known of them: when they expire, and their metadata. */
WWS_V1_IMPORT(kv_result_with_metadata)
int32_t wws_v1_kv_result_with_metadata(uint32_t operation, char* buffer, size_t capacity);

/* --- Outgoing requests --- */
enum wws_v1_fetch_flags {
  WWS_V1_FETCH_BODY_STREAMS = 1,
  WWS_V1_FETCH_REDIRECT_MANUAL = 2,
  WWS_V1_FETCH_REDIRECT_ERROR = 4
};
/* Begins one: the number of an operation. `head`: the lengths of method and URL (4 bytes each), method, URL,
 * and a list of header fields. ABSENT: the worker may send none. TOO_MANY. */
WWS_V1_IMPORT(fetch_start)
int32_t wws_v1_fetch_start(const char* head, size_t head_length, const void* body, size_t body_length,
                           uint32_t flags);
/* What came of it. AGAIN: wait for the operation. */
WWS_V1_IMPORT(fetch_status) int32_t wws_v1_fetch_status(uint32_t fetch);
WWS_V1_IMPORT(fetch_headers) int32_t wws_v1_fetch_headers(uint32_t fetch, char* buffer, size_t capacity);
WWS_V1_IMPORT(fetch_url) int32_t wws_v1_fetch_url(uint32_t fetch, char* buffer, size_t capacity);
WWS_V1_IMPORT(fetch_error) int32_t wws_v1_fetch_error(uint32_t fetch, char* buffer, size_t capacity);
/* Bytes read; 0: the end. AGAIN: wait for the operation. */
WWS_V1_IMPORT(fetch_body_read) int32_t wws_v1_fetch_body_read(uint32_t fetch, void* buffer, size_t capacity);
/* Bytes taken of a body that streams. AGAIN: wait for what fetch_room() gives. */
WWS_V1_IMPORT(fetch_body_write)
int32_t wws_v1_fetch_body_write(uint32_t fetch, const void* bytes, size_t length);
WWS_V1_IMPORT(fetch_body_end) int32_t wws_v1_fetch_body_end(uint32_t fetch);
WWS_V1_IMPORT(fetch_room) int32_t wws_v1_fetch_room(uint32_t fetch);

/* --- Cryptography ---
 * docs/abi.md has the table of operations: their inputs, and what `hash` and `number` mean to each. */
enum { WWS_V1_SHA1 = 1, WWS_V1_SHA256 = 2, WWS_V1_SHA384 = 3, WWS_V1_SHA512 = 4, WWS_V1_MD5 = 5 };
enum {
  WWS_V1_P256 = 1,
  WWS_V1_P384 = 2,
  WWS_V1_P521 = 3,
  WWS_V1_ED25519 = 4,
  WWS_V1_X25519 = 5,
  WWS_V1_RSA = 6
};
enum wws_v1_crypto_operation {
  WWS_V1_DIGEST = 1,
  WWS_V1_HMAC = 2,
  WWS_V1_PBKDF2 = 3,
  WWS_V1_AES_GCM_ENCRYPT = 4,
  WWS_V1_AES_GCM_DECRYPT = 5,
  WWS_V1_AES_CBC_ENCRYPT = 6,
  WWS_V1_AES_CBC_DECRYPT = 7,
  WWS_V1_AES_CTR = 8,
  WWS_V1_AES_KEY_WRAP = 9,
  WWS_V1_AES_KEY_UNWRAP = 10,
  WWS_V1_RSA_PKCS1_SIGN = 16,
  WWS_V1_RSA_PKCS1_VERIFY = 17,
  WWS_V1_RSA_PSS_SIGN = 18,
  WWS_V1_RSA_PSS_VERIFY = 19,
  WWS_V1_RSA_OAEP_ENCRYPT = 20,
  WWS_V1_RSA_OAEP_DECRYPT = 21,
  WWS_V1_RSA_GENERATE = 22,
  WWS_V1_ECDSA_SIGN = 32,
  WWS_V1_ECDSA_VERIFY = 33,
  WWS_V1_ED25519_SIGN = 34,
  WWS_V1_ED25519_VERIFY = 35,
  WWS_V1_DERIVE_SECRET = 36,
  WWS_V1_GENERATE = 37,
  WWS_V1_READ_PRIVATE_KEY = 48,
  WWS_V1_READ_PUBLIC_KEY = 49,
  WWS_V1_WRITE_PRIVATE_KEY = 50,
  WWS_V1_WRITE_PUBLIC_KEY = 51
};
/* Inputs; they lie apart from the buffer. */
struct wws_v1_bytes {
  const void* data;
  size_t size;
};
/* The length of what was written. More than `capacity`: nothing was done, so much room suffices. Nothing is
 * kept, keys neither. */
WWS_V1_IMPORT(crypto)
int32_t wws_v1_crypto(uint32_t operation, uint32_t hash, uint32_t number, const struct wws_v1_bytes* inputs,
                      size_t count, void* buffer, size_t capacity);

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
