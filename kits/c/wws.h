/** Workers in C: one header over wws_v1.h, for C11 or newer (and C++).
 *
 *     #include "wws.h"
 *
 *     WWS_HANDLER {
 *       wws_add_header("content-type", "text/plain");
 *       wws_print("Hello!\n");
 *     }
 *
 * An instance serves one request and is thrown away: so nothing needs to be passed around, and nothing needs
 * to be freed. All text and all lists that these functions return belong to the kit, stay where they are
 * until the request ends, and must not be freed or changed. Asking twice for the same gives the same again,
 * without more memory: nothing here grows in an endless loop but wws_alloc.
 *
 * Functions that can fail return `int`: 0 or more for success, else one of the negative codes of `enum
 * wws_error`. Text ends with a NUL. When there is no memory left the worker is ended with a line in the log,
 * so nothing here returns NULL for that.
 *
 * Include it in as many files of a worker as you like. Names that end with an underscore are its own. */
#ifndef WWS_H
#define WWS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "wws_v1.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is not worth a copy at each call. */
#define WWS_FUNCTION_ __attribute__((noinline, unused)) static

/* --- What a worker is made of --- */

/** Handles one request: `WWS_HANDLER { ... }`, once in a worker. Its return ends the answer. */
#define WWS_HANDLER WWS_V1_EXPORT(wws_handle) void wws_handle(void)

/** Prepares what does not depend on the request: `WWS_INIT { ... }`, at most once in a worker.
 *
 * The server may run it once, keep the memory as it is then, and begin every request with a copy of it. Of
 * the functions here those for log, memory, time and random bytes may be called in it, and what time and
 * random bytes it sees is then the same in all instances. Others end the worker. */
#define WWS_INIT WWS_V1_EXPORT(wws_init) void wws_init(void)

/** Makes anew what each instance needs for itself, such as random seeds: `WWS_RESUME { ... }`, at most once.
 * Runs in each instance, after WWS_INIT and before the request. The same functions may be called; time and
 * random bytes are the instance's own, and getenv sees the present environment even if WWS_INIT called it. */
#define WWS_RESUME                \
  static void wws_resumed_(void); \
  WWS_V1_EXPORT(wws_resume)       \
  void wws_resume(void) {         \
    wws_renew_environment_();     \
    wws_resumed_();               \
  }                               \
  static void wws_resumed_(void)

void wws_handle(void);
void wws_init(void);
void wws_resume(void);

/** Why something was not done. */
enum wws_error {
  WWS_AGAIN = WWS_V1_AGAIN,     /**< nothing now: only from functions that do not wait */
  WWS_CLOSED = WWS_V1_CLOSED,   /**< the client left; nothing more comes or goes */
  WWS_INVALID = WWS_V1_INVALID, /**< an argument that is none of those allowed */
  WWS_STATE = WWS_V1_STATE,     /**< too late: the head was sent, or the answer is finished */
  WWS_LIMIT = WWS_V1_LIMIT,     /**< more than the server keeps */
  /* Of the key-value store: wws_kv.h. */
  WWS_ABSENT = WWS_V1_ABSENT,           /**< the worker has no namespace: `[data.kv]` in its TOML file */
  WWS_CONFLICT = WWS_V1_CONFLICT,       /**< a condition or a version is not as demanded; nothing was done */
  WWS_QUOTA = WWS_V1_QUOTA,             /**< the namespace has no room; nothing was done */
  WWS_UNAVAILABLE = WWS_V1_UNAVAILABLE, /**< the server cannot do it now; nothing was done */
  WWS_UNKNOWN = WWS_V1_UNKNOWN,         /**< the store failed: it may have been done or not */
  WWS_NOT_A_NUMBER = WWS_V1_NOT_A_NUMBER, /**< the value is no decimal 64-bit number */
  WWS_KEY_SIZE = WWS_V1_KEY_SIZE,         /**< a key that is empty or over 512 bytes */
  WWS_VALUE_SIZE = WWS_V1_VALUE_SIZE,     /**< a value over 1 MiB */
  WWS_TOO_MUCH = WWS_V1_TOO_MUCH,         /**< too many keys, or too many bytes, for one operation */
  WWS_FULL = WWS_V1_FULL,                 /**< the store has no room; nothing was done */
  WWS_OVERFLOW = WWS_V1_OVERFLOW,         /**< the number would not fit into 64 bits */
  WWS_IO = WWS_V1_IO,                     /**< the disk is full or failed; nothing was done */
  /* Of outgoing requests: wws_fetch.h. WWS_UNAVAILABLE, WWS_INVALID and WWS_CLOSED are too. */
  WWS_NOT_ALLOWED = WWS_V1_NOT_ALLOWED, /**< the worker may not send it there, or so; or it may send none */
  WWS_UNREACHABLE = WWS_V1_UNREACHABLE, /**< no such name, or nobody answers there */
  WWS_TLS = WWS_V1_TLS,                 /**< there is no secure connection to who it should be */
  WWS_TIMEOUT = WWS_V1_TIMEOUT,         /**< a time limit */
  WWS_REDIRECT = WWS_V1_REDIRECT,       /**< too many redirects, or one that cannot be followed */
  WWS_LOOP = WWS_V1_LOOP,               /**< requests go round through this server */
  WWS_TOO_LARGE = WWS_V1_TOO_LARGE,     /**< a body or head above its limit */
  WWS_BROKEN = WWS_V1_BROKEN,           /**< the other side broke off, or does not speak HTTP */
  WWS_TOO_MANY = WWS_V1_TOO_MANY,       /**< more requests than the worker may send */
};

/** A few words for a negative code, for logs. */
static inline const char* wws_error_text(int error) {
  switch (error) {
    case WWS_AGAIN:
      return "nothing now";
    case WWS_CLOSED:
      return "the client left";
    case WWS_INVALID:
      return "not allowed";
    case WWS_STATE:
      return "too late for that";
    case WWS_LIMIT:
      return "over the limit";
    case WWS_ABSENT:
      return "no namespace";
    case WWS_CONFLICT:
      return "not as demanded";
    case WWS_QUOTA:
      return "the namespace is full";
    case WWS_UNAVAILABLE:
      return "not available now";
    case WWS_UNKNOWN:
      return "done or not, the store failed";
    case WWS_NOT_A_NUMBER:
      return "not a number";
    case WWS_KEY_SIZE:
      return "the key is empty or too long";
    case WWS_VALUE_SIZE:
      return "the value is too large";
    case WWS_TOO_MUCH:
      return "too much for one operation";
    case WWS_FULL:
      return "the store is full";
    case WWS_OVERFLOW:
      return "the number is too large";
    case WWS_IO:
      return "the disk failed";
    case WWS_NOT_ALLOWED:
      return "may not be sent";
    case WWS_UNREACHABLE:
      return "nobody answers there";
    case WWS_TLS:
      return "no secure connection";
    case WWS_TIMEOUT:
      return "it took too long";
    case WWS_REDIRECT:
      return "a redirect that is not followed";
    case WWS_LOOP:
      return "requests go round";
    case WWS_TOO_LARGE:
      return "a body or head that is too large";
    case WWS_BROKEN:
      return "the other side broke off";
    case WWS_TOO_MANY:
      return "too many requests";
    default:
      return error < 0 ? "unknown error" : "no error";
  }
}

/* --- Log --- */

enum wws_level {
  WWS_LOG_ERROR = WWS_V1_ERROR,
  WWS_LOG_WARNING = WWS_V1_WARNING,
  WWS_LOG_INFO = WWS_V1_INFO,
  WWS_LOG_DEBUG = WWS_V1_DEBUG,
};

/** A line of the server's log, with the worker's name and the request's id. */
static inline void wws_log(enum wws_level level, const char* text) {
  (void)wws_v1_log((int32_t)level, text, strlen(text));
}

/* --- Memory --- */

/* Shared by all files of the worker that include this. */
struct wws_memory_ {
  char* next; /* where free room begins; NULL before the first use */
  char* end;
  char first[2048]; /* enough for most requests: malloc is not called then */
};
extern struct wws_memory_ wws_memory_;
__attribute__((weak)) struct wws_memory_ wws_memory_;

enum { WWS_ALIGNMENT_ = 16, WWS_CHUNK_ = 16 * 1024 - 64 };

/* At least `size` bytes that nobody has yet. The next caller gets the same, unless wws_take_ is called. */
WWS_FUNCTION_ char* wws_room_(size_t size) {
  struct wws_memory_* memory = &wws_memory_;
  if (memory->next == NULL) {
    const size_t past = (uintptr_t)memory->first % WWS_ALIGNMENT_;
    memory->next = memory->first + (past == 0 ? 0 : WWS_ALIGNMENT_ - past);
    memory->end = memory->first + sizeof memory->first;
  }
  if ((size_t)(memory->end - memory->next) < size) {
    const size_t chunk = size < WWS_CHUNK_ ? (size_t)WWS_CHUNK_ : size;
    memory->next = size <= PTRDIFF_MAX ? (char*)malloc(chunk) : NULL;
    if (memory->next == NULL) {
      wws_log(WWS_LOG_ERROR, "no memory left");
      abort();
    }
    memory->end = memory->next + chunk;
  }
  return memory->next;
}

/* Takes the first `size` bytes of that room. */
static inline char* wws_take_(size_t size) {
  struct wws_memory_* memory = &wws_memory_;
  char* taken = memory->next;
  const size_t room = (size_t)(memory->end - taken);
  const size_t past = size % WWS_ALIGNMENT_;
  if (past != 0) size += WWS_ALIGNMENT_ - past;
  memory->next = taken + (size < room ? size : room);
  return taken;
}

/** Memory of the request: `size` bytes, for any type, not zeroed, that are never freed. Cheaper than malloc,
 * which is there too; in a loop without an end use malloc and free. Never NULL. */
static inline void* wws_alloc(size_t size) {
  (void)wws_room_(size);
  return wws_take_(size);
}

/* --- Bytes, names and values --- */

/** Bytes, of any value: for the store, and for bodies of requests. */
typedef struct wws_bytes {
  const char* bytes;
  size_t length;
} wws_bytes;

static inline wws_bytes wws_bytes_of(const void* bytes, size_t length) {
  wws_bytes result;
  result.bytes = (const char*)bytes;
  result.length = length;
  return result;
}

/** The bytes of a text without its NUL. */
static inline wws_bytes wws_text(const char* text) { return wws_bytes_of(text, strlen(text)); }

/** A name and a value: a header, a parameter, a variable, a value of the query or a field of a form. Both end
 * with a NUL, which the lengths do not count; a value may contain others. */
typedef struct wws_field {
  const char* name;
  const char* value;
  size_t name_length;
  size_t value_length;
} wws_field;

/** The first field of this very name in a list, or NULL. A list ends with a field whose name is NULL:
 *
 *     for (const wws_field* f = wws_headers(); f->name; ++f) wws_printf("%s: %s\n", f->name, f->value); */
WWS_FUNCTION_ const wws_field* wws_find(const wws_field* list, const char* name) {
  const size_t length = strlen(name);
  for (; list->name != NULL; ++list) {
    if (list->name_length == length && memcmp(list->name, name, length) == 0) return list;
  }
  return NULL;
}

/** The value of the first field of this very name in a list, or NULL. */
static inline const char* wws_value(const wws_field* list, const char* name) {
  const wws_field* field = wws_find(list, name);
  return field != NULL ? field->value : NULL;
}

static inline int wws_hex_digit_(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

/* Decodes in place; `+` becomes `plus`. The new length; a NUL follows. */
WWS_FUNCTION_ size_t wws_decode_(char* text, size_t length, char plus) {
  size_t out = 0;
  for (size_t at = 0; at < length; ++out) {
    int high, low;
    if (text[at] == '%' && length - at > 2 && (high = wws_hex_digit_(text[at + 1])) >= 0 &&
        (low = wws_hex_digit_(text[at + 2])) >= 0) {
      text[out] = (char)(high * 16 + low);
      at += 3;
    } else {
      text[out] = text[at] == '+' ? plus : text[at];
      ++at;
    }
  }
  text[out] = '\0';
  return out;
}

/** Decodes %XX in place, as in parts of a path, and returns the new length; there may be a NUL inside. What
 * is not %XX stays as it is. */
static inline size_t wws_percent_decode(char* text) { return wws_decode_(text, strlen(text), '+'); }

/** The same for parts of a query or a form, where `+` is a blank. */
static inline size_t wws_form_decode(char* text) { return wws_decode_(text, strlen(text), ' '); }

/* The list in a text such as `a=1&b=2`, which is changed. */
WWS_FUNCTION_ const wws_field* wws_parse_form_(char* text, size_t length) {
  char* const end = text + length;
  size_t most = 1;
  for (const char* at = text; at != end; ++at) most += *at == '&';
  wws_field* const list = (wws_field*)wws_alloc((most + 1) * sizeof *list);
  wws_field* field = list;
  for (char* part = text;;) {
    char* part_end = (char*)memchr(part, '&', (size_t)(end - part));
    const bool is_last = part_end == NULL;
    if (is_last) part_end = end;
    if (part_end != part) {
      char* value = (char*)memchr(part, '=', (size_t)(part_end - part));
      char* const name_end = value != NULL ? value : part_end;
      value = value != NULL ? value + 1 : part_end;
      /* The value first: the NUL of a name without one is put where its value is. */
      field->value_length = wws_decode_(value, (size_t)(part_end - value), ' ');
      field->value = value;
      field->name_length = wws_decode_(part, (size_t)(name_end - part), ' ');
      field->name = part;
      ++field;
    }
    if (is_last) break;
    part = part_end + 1;
  }
  field->name = NULL;
  return list;
}

/* The list in the ABI's encoding, which is changed: NULs go where lengths were, the last behind the text. */
WWS_FUNCTION_ const wws_field* wws_parse_list_(char* text, size_t length) {
  char* const end = text + length;
  uint32_t lengths[2];
  size_t count = 0;
  for (const char* at = text; at != end; ++count) {
    memcpy(lengths, at, sizeof lengths);
    at += sizeof lengths + lengths[0] + lengths[1];
  }
  wws_field* const list = (wws_field*)wws_alloc((count + 1) * sizeof *list);
  wws_field* field = list;
  for (char* at = text; at != end; ++field) {
    memcpy(lengths, at, sizeof lengths);
    char* const value = at + sizeof lengths + lengths[0];
    /* The NUL of the value before: its entry is read, and so are the lengths that it is written over. */
    *at = '\0';
    field->name = (char*)memmove(at + sizeof lengths - 1, at + sizeof lengths, lengths[0]);
    field->name_length = lengths[0];
    value[-1] = '\0';
    field->value = value;
    field->value_length = lengths[1];
    at = value + lengths[1];
  }
  *end = '\0';
  field->name = NULL;
  return list;
}

/* --- The request --- */

/* What was asked for before. */
struct wws_header_ {
  struct wws_header_* next;
  const char* name;
  const char* value;
};
struct wws_request_ {
  const char* texts[WWS_V1_SENT_PATH + 1]; /* fields of request_get */
  const wws_field* headers;
  const wws_field* params;
  const wws_field* vars;
  const wws_field* query;
  const wws_field* form;
  struct wws_header_* asked;
  char* body; /* whole */
  size_t body_length;
};
extern struct wws_request_ wws_request_;
__attribute__((weak)) struct wws_request_ wws_request_;

/* The room that is offered for a text at first. */
enum { WWS_GUESS_ = 512 };

/* Takes the room for a text of `length` bytes that was written there, and ends it. */
static inline char* wws_keep_text_(char* text, int length) {
  text[length] = '\0';
  return wws_take_((size_t)length + 1);
}

WWS_FUNCTION_ const char* wws_text_(uint32_t field) {
  const char** const kept = &wws_request_.texts[field];
  if (*kept == NULL) {
    char* room = wws_room_(WWS_GUESS_);
    const int length = wws_v1_request_get(field, room, WWS_GUESS_ - 1);
    if (length < 0) return NULL;
    if (length >= WWS_GUESS_) {
      room = wws_room_((size_t)length + 1);
      (void)wws_v1_request_get(field, room, (size_t)length);
    }
    *kept = wws_keep_text_(room, length);
  }
  return *kept;
}

/* Always inlined, so that only the functions that are used are imported, and they are called directly. */
__attribute__((always_inline)) static inline const wws_field* wws_list_(const wws_field** kept,
                                                                        int32_t (*call)(char*, size_t)) {
  if (*kept == NULL) {
    char* room = wws_room_(WWS_GUESS_);
    const int length = call(room, WWS_GUESS_ - 1);
    if (length >= WWS_GUESS_) {
      room = wws_room_((size_t)length + 1);
      (void)call(room, (size_t)length);
    }
    (void)wws_take_((size_t)length + 1);
    *kept = wws_parse_list_(room, (size_t)length);
  }
  return *kept;
}

/** The method, such as `GET`. */
static inline const char* wws_method(void) { return wws_text_(WWS_V1_METHOD); }

/** The URL; with scheme and host unless the project's `url_form` says `path`. */
static inline const char* wws_url(void) { return wws_text_(WWS_V1_URL); }

/** The path: normalised, percent-encoded, begins with `/`. */
static inline const char* wws_path(void) { return wws_text_(WWS_V1_PATH); }

/** The path as the client sent it: with the slash at its end, doubled slashes and dot segments. `wws_path()`
 * where the server does not tell. */
static inline const char* wws_sent_path(void) {
  const char* const sent = wws_text_(WWS_V1_SENT_PATH);
  return sent != NULL ? sent : wws_path();
}

/** The query: after `?`, as sent. NULL without `?`. */
static inline const char* wws_query(void) { return wws_text_(WWS_V1_QUERY); }

/** The address of the client. */
static inline const char* wws_client_address(void) { return wws_text_(WWS_V1_PEER); }

/** The id of the request, as in the server's log. */
static inline const char* wws_request_id(void) { return wws_text_(WWS_V1_ID); }

/** The header fields in the order received, names in lower case, repeated ones kept. */
WWS_FUNCTION_ const wws_field* wws_headers(void) {
  return wws_list_(&wws_request_.headers, wws_v1_request_headers);
}

/** The value of one header, its name in any case, or NULL. Several of that name are joined with `, ` (`; `
 * for `cookie`). */
WWS_FUNCTION_ const char* wws_header(const char* name) {
  for (const struct wws_header_* header = wws_request_.asked; header != NULL; header = header->next) {
    if (strcmp(header->name, name) == 0) return header->value;
  }
  const size_t name_length = strlen(name);
  struct wws_header_* const header = (struct wws_header_*)wws_alloc(sizeof *header);
  header->name = (char*)memcpy(wws_alloc(name_length + 1), name, name_length + 1);
  header->value = NULL;
  header->next = wws_request_.asked;
  wws_request_.asked = header;
  char* room = wws_room_(WWS_GUESS_);
  const int length = wws_v1_request_header(name, name_length, room, WWS_GUESS_ - 1);
  if (length < 0) return NULL;
  if (length >= WWS_GUESS_) {
    room = wws_room_((size_t)length + 1);
    (void)wws_v1_request_header(name, name_length, room, (size_t)length);
  }
  return header->value = wws_keep_text_(room, length);
}

/** The parameters of the route, decoded. */
WWS_FUNCTION_ const wws_field* wws_params(void) {
  return wws_list_(&wws_request_.params, wws_v1_request_params);
}

/** A parameter of the route, decoded: `id` for a worker `[id].wasm`. NULL: it has none of that name. */
static inline const char* wws_param(const char* name) { return wws_value(wws_params(), name); }

/** The variables of the worker: `[vars]` in its TOML file. */
WWS_FUNCTION_ const wws_field* wws_vars(void) { return wws_list_(&wws_request_.vars, wws_v1_request_vars); }

/** A variable of the worker, or NULL. */
static inline const char* wws_var(const char* name) { return wws_value(wws_vars(), name); }

/** The names and values in the query, decoded; a name without `=` has an empty value. No query: none. */
WWS_FUNCTION_ const wws_field* wws_query_values(void) {
  if (wws_request_.query == NULL) {
    const char* query = wws_query();
    const size_t length = query != NULL ? strlen(query) : 0;
    char* text = (char*)wws_alloc(length + 1);
    if (length > 0) memcpy(text, query, length);
    wws_request_.query = wws_parse_form_(text, length);
  }
  return wws_request_.query;
}

/** A value of the query, decoded, or NULL: `7` for `id` and `?id=7`. */
static inline const char* wws_query_value(const char* name) { return wws_value(wws_query_values(), name); }

/* --- The request's body --- */

/** The next bytes of the body, without waiting: how many, 0 at the end, WWS_AGAIN (then wait for
 * WWS_CAN_READ), or WWS_CLOSED. */
static inline int wws_try_read(void* buffer, size_t capacity) {
  return wws_v1_request_body_read(buffer, capacity);
}

/* Waits for one operation. */
static inline int wws_wait_for_(uint32_t operation) { return wws_v1_wait(&operation, 1); }

/** The next bytes of the body, at most `capacity` (not 0), as soon as there are some: how many. 0: the end.
 * WWS_CLOSED: the client left in the middle. */
WWS_FUNCTION_ int wws_read(void* buffer, size_t capacity) {
  for (;;) {
    const int count = wws_try_read(buffer, capacity);
    if (count != WWS_AGAIN) return count;
    const int error = wws_wait_for_(WWS_V1_REQUEST_BODY);
    if (error < 0) return error;
  }
}

/* The body's length if the client told it, so that it is read to where it stays. Else 0. */
static inline size_t wws_expected_length_(void) {
  char digits[9];
  const int length = wws_v1_request_header("content-length", 14, digits, sizeof digits);
  size_t expected = 0;
  if (length > (int)sizeof digits) return 0;
  for (int at = 0; at < length; ++at) {
    if (digits[at] < '0' || digits[at] > '9') return 0;
    expected = expected * 10 + (size_t)(digits[at] - '0');
  }
  return expected;
}

/** The whole body (or what wws_read left of it) with a NUL behind it; waits until it is there. `length` may
 * be NULL. NULL: the client left in the middle. */
WWS_FUNCTION_ const char* wws_body(size_t* length) {
  struct wws_request_* request = &wws_request_;
  if (request->body == NULL) {
    size_t filled = 0;
    const size_t expected = wws_expected_length_();
    size_t capacity = expected != 0 ? expected + 1 : (size_t)WWS_GUESS_;
    char* body = (char*)wws_alloc(capacity);
    for (;;) {
      const int count = wws_read(body + filled, capacity - filled);
      if (count < 0) return NULL;
      if (count == 0) break;
      filled += (size_t)count;
      if (filled == capacity) {
        capacity = capacity < WWS_CHUNK_ / 2 ? WWS_CHUNK_ / 2 : 2 * capacity;
        body = (char*)memcpy(wws_alloc(capacity), body, filled);
      }
    }
    body[filled] = '\0';
    request->body = body;
    request->body_length = filled;
  }
  if (length != NULL) *length = request->body_length;
  return request->body;
}

/** The fields of a form in the body, decoded. Empty if `content-type` is not
 * `application/x-www-form-urlencoded` (files come in another form, which is not read here), or the client
 * left in the middle. */
WWS_FUNCTION_ const wws_field* wws_form(void) {
  static const char kType[] = "application/x-www-form-urlencoded";
  if (wws_request_.form == NULL) {
    const char* type = wws_header("content-type");
    size_t length = 0;
    const char* body = NULL;
    if (type != NULL && strncasecmp(type, kType, sizeof kType - 1) == 0) body = wws_body(&length);
    char* text = (char*)wws_alloc(length + 1);
    if (body != NULL) memcpy(text, body, length);
    wws_request_.form = wws_parse_form_(text, length);
  }
  return wws_request_.form;
}

/** A field of a form, decoded, or NULL. */
static inline const char* wws_form_value(const char* name) { return wws_value(wws_form(), name); }

/* --- The answer ---
 * Status and headers leave with the first bytes of the body, or when the handler returns. */

/** The status, 200 to 999; 200 unless this is called. WWS_INVALID, WWS_STATE. */
static inline int wws_set_status(int status) { return wws_v1_response_status(status); }

/** Adds a header field, also to others of that name, as `set-cookie` needs it. WWS_INVALID: HTTP does not
 * allow that name or value, such as one with a line's end; nothing was added. WWS_STATE, WWS_LIMIT. */
static inline int wws_add_header(const char* name, const char* value) {
  return wws_v1_response_header(name, strlen(name), value, strlen(value));
}

/** Writes bytes of the body without waiting: how many were taken, WWS_AGAIN (then wait for WWS_CAN_WRITE),
 * WWS_CLOSED, or WWS_STATE. */
static inline int wws_try_write(const void* bytes, size_t length) {
  return wws_v1_response_body_write(bytes, length);
}

/** Writes all the bytes to the body, waiting for room. 0, WWS_CLOSED, or WWS_STATE after wws_finish. */
WWS_FUNCTION_ int wws_write(const void* bytes, size_t length) {
  const char* at = (const char*)bytes;
  while (length > 0) {
    int count = wws_try_write(at, length);
    if (count == WWS_AGAIN) count = wws_wait_for_(WWS_V1_RESPONSE_BODY); /* 0, the place of the only one */
    if (count < 0) return count;
    at += count;
    length -= (size_t)count;
  }
  return 0;
}

/** Writes a text to the body, as wws_write does. */
static inline int wws_print(const char* text) { return wws_write(text, strlen(text)); }

/* The formatted text: in `small` if it fits, else in room that nobody takes, so that a loop does not grow. */
__attribute__((format(printf, 4, 0))) WWS_FUNCTION_ const char* wws_format_(char* small, size_t size,
                                                                            size_t* length,
                                                                            const char* format,
                                                                            va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  char* text = small;
  const int needed = vsnprintf(small, size, format, arguments);
  *length = needed < 0 ? 0 : (size_t)needed;
  if (*length >= size) {
    text = wws_room_(*length + 1);
    (void)vsnprintf(text, *length + 1, format, again);
  }
  va_end(again);
  return needed < 0 ? NULL : text;
}

/** Writes a formatted text to the body, as wws_write does (it does not return a length). WWS_INVALID: the
 * format is not one of printf. */
__attribute__((format(printf, 1, 0))) WWS_FUNCTION_ int wws_vprintf(const char* format, va_list arguments) {
  char small[512];
  size_t length;
  const char* text = wws_format_(small, sizeof small, &length, format, arguments);
  return text != NULL ? wws_write(text, length) : WWS_INVALID;
}

/** The same with the arguments themselves. It brings the C library's printf into the module, some 20 KB. */
__attribute__((format(printf, 1, 2))) WWS_FUNCTION_ int wws_printf(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int result = wws_vprintf(format, arguments);
  va_end(arguments);
  return result;
}

/** A line of the server's log, formatted. */
__attribute__((format(printf, 2, 3))) WWS_FUNCTION_ void wws_logf(enum wws_level level, const char* format,
                                                                  ...) {
  char small[512];
  size_t length;
  va_list arguments;
  va_start(arguments, format);
  const char* text = wws_format_(small, sizeof small, &length, format, arguments);
  va_end(arguments);
  if (text != NULL) (void)wws_v1_log((int32_t)level, text, length);
}

/** A whole answer in one: status, content type and text. 0, or the first error. */
static inline int wws_reply(int status, const char* content_type, const char* text) {
  int result = wws_set_status(status);
  if (result == 0) result = wws_add_header("content-type", content_type);
  return result == 0 ? wws_print(text) : result;
}

/** The answer is complete; the worker may go on until it returns. WWS_STATE: it is complete already. */
static inline int wws_finish(void) { return wws_v1_response_finish(); }

/** Whether the client left. A worker that is busy for long without reading or writing may look, and end. */
static inline bool wws_client_left(void) { return wws_try_write("", 0) == WWS_CLOSED; }

/* --- Time and waiting ---
 * What can be waited for is an operation: a timer, or one of these two. Others are served meanwhile. */

enum {
  WWS_CAN_READ = WWS_V1_REQUEST_BODY,   /**< there are bytes of the request's body, or it ended */
  WWS_CAN_WRITE = WWS_V1_RESPONSE_BODY, /**< there is room for bytes of the answer */
};

static inline int64_t wws_nanoseconds_(int64_t milliseconds) {
  return milliseconds < INT64_MAX / 1000000 ? milliseconds * 1000000 : INT64_MAX;
}

/** Waits. WWS_INVALID: a negative time. */
static inline int wws_sleep_ms(int64_t milliseconds) { return wws_v1_sleep(wws_nanoseconds_(milliseconds)); }

/** Starts a timer: its operation. It ends when a wait says that it is ready, or with wws_cancel; its number
 * may be given to another one then. WWS_LIMIT: 1,024 are pending. WWS_INVALID: a negative time. */
static inline int wws_timer_ms(int64_t milliseconds) { return wws_v1_timer(wws_nanoseconds_(milliseconds)); }

/** Ends a timer, an operation of the store or an outgoing request that is not needed any more. WWS_INVALID:
 * there is none of that number. */
static inline int wws_cancel(int timer) { return wws_v1_cancel((uint32_t)timer); }

/** Waits until one of the operations is ready: its place among them, the first if several are. WWS_INVALID:
 * none, more than 1,024, or one that is not there. */
static inline int wws_wait_any(const int* operations, size_t count) {
  return wws_v1_wait((const uint32_t*)operations, count);
}

/** Waits until each of the operations was ready. Timers run at the same time, so it takes as long as the
 * longest. 0, or WWS_INVALID at the first that is not there. */
static inline int wws_wait_all(const int* operations, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const int result = wws_wait_for_((uint32_t)operations[i]);
    if (result < 0) return result;
  }
  return 0;
}

/** Milliseconds since 1970 in UTC. */
static inline int64_t wws_time_ms(void) { return wws_v1_clock(WWS_V1_WALL_CLOCK) / 1000000; }

/** Milliseconds since some time in the past, never going back: for measuring. */
static inline int64_t wws_steady_ms(void) { return wws_v1_clock(WWS_V1_STEADY_CLOCK) / 1000000; }

/** Fills the buffer with random bytes fit for keys. WWS_LIMIT: over 1 MiB, or 4 MiB in this request. */
static inline int wws_random(void* buffer, size_t length) { return wws_v1_random(buffer, length); }

/* --- For WWS_RESUME --- */

#ifdef __wasi__
/* wasi-libc reads the environment when it is first asked for, or at the start if `environ` is used, and keeps
 * it. These are its functions to forget it, and to read it again at once in the second case. Weak: they are
 * there only if the worker uses the environment. */
__attribute__((weak)) void wws_forget_environment_(void) __asm__("__wasilibc_deinitialize_environ");
__attribute__((weak)) void wws_read_environment_(void) __asm__(
    "__wasilibc_maybe_reinitialize_environ_eagerly");
static inline void wws_renew_environment_(void) {
  if (wws_forget_environment_ != NULL) wws_forget_environment_();
  if (wws_read_environment_ != NULL) wws_read_environment_();
}
#else
static inline void wws_renew_environment_(void) {}
#endif

#ifdef __cplusplus
}
#endif
#endif
