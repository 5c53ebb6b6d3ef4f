/* The border between wws (C++) and the Redis client (Rust). Only src/kv includes this header.
 *
 * Rules for every function here
 *  - Nothing unwinds across the border. A function that returns wwsr_error* returns NULL on success; the
 *    caller deletes the error. Objects are deleted by their own _delete, once; NULL is ignored.
 *  - A client belongs to one thread. It has two threads of its own, from wwsr_client_start() on, which make
 *    the connections, keep them and make new ones, wait for names to be resolved, and start no others.
 *  - Nothing waits for a server but wwsr_client_delete(), and that not for long.
 */
#ifndef WWS_REDIS_H
#define WWS_REDIS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of the caller, for the time of a call; or of what they were asked from, as long as that is there. */
typedef struct wwsr_text {
  const uint8_t* data;
  size_t size;
} wwsr_text;

typedef struct wwsr_error wwsr_error;
wwsr_text wwsr_error_text(const wwsr_error*); /* UTF-8 */
void wwsr_error_delete(wwsr_error*);

/* ---- clients ---- */

enum {
  WWSR_ONE = 0,      /* `hosts` is one server */
  WWSR_SENTINEL = 1, /* `hosts` are sentinels, who know where the primary of the name `primary` is */
  WWSR_CLUSTER = 2,  /* `hosts` are some nodes, who know the others */
};

typedef struct wwsr_options {
  uint32_t topology;
  const wwsr_text* hosts; /* names or addresses, IPv6 without brackets */
  const uint16_t* ports;
  size_t host_count;
  wwsr_text primary;
  wwsr_text user; /* empty: the default user */
  wwsr_text password;
  uint32_t database;
  uint32_t is_tls;
  wwsr_text roots;   /* of is_tls: certificates in PEM that are trusted beside the system's */
  wwsr_text library; /* what FUNCTION LOAD takes, on each primary that has not got it */
  wwsr_text check;   /* a function of the library without keys and arguments that only a primary runs */
  uint32_t limit_ms; /* from a call to its answer */
  void (*wake)(void* context); /* from any thread: there are events to take. noexcept */
  void* context;
} wwsr_options;

typedef struct wwsr_client wwsr_client;
/* Reads the system's certificates, if there is to be TLS; connects to nobody. */
wwsr_error* wwsr_client_new(const wwsr_options*, wwsr_client** client);
/* Starts its threads, and returns when they run. */
wwsr_error* wwsr_client_start(wwsr_client*);
/* Ends connections and threads. Nothing is woken any more. */
void wwsr_client_delete(wwsr_client*);

/* ---- calls ---- */

enum {
  WWSR_READS = 0,
  WWSR_WRITES = 1,
};

/* Sends a command to the primary that has the slot of the hash tag `tag`. Each call is answered by one event of
 * its `id`. Calls for one tag reach the primary in the order in which they were made. None is sent twice,
 * except where a server said that it has not done it, and who would. */
void wwsr_call(wwsr_client*, uint64_t id, uint32_t effect, wwsr_text tag, const wwsr_text* words, size_t count);
/* The names of all keys that match the pattern, on all primaries, as one reply. For people: it takes long. */
void wwsr_names(wwsr_client*, uint64_t id, wwsr_text pattern);

/* ---- events ---- */

enum {
  WWSR_REPLY = 0,
  WWSR_UNAVAILABLE = 1,   /* not done: nobody can be reached, or nobody takes it now */
  WWSR_UNKNOWN = 2,       /* it may have been done, or may be done yet; only of WWSR_WRITES */
  WWSR_OUT_OF_MEMORY = 3, /* not done */
  WWSR_DISK = 4,          /* not done: the server cannot write its files */
  WWSR_UP = 5,            /* no answer: a server named in the text is connected */
  WWSR_DOWN = 6,          /* no answer: the text says who cannot be reached, and why */
};

enum {
  WWSR_NIL = 0,
  WWSR_NUMBER = 1,
  WWSR_BYTES = 2,
};

typedef struct wwsr_item {
  uint32_t kind;
  int64_t number;
  wwsr_text bytes;
} wwsr_item;

typedef struct wwsr_events wwsr_events;
/* What there is since the last time, in order. */
wwsr_events* wwsr_take(wwsr_client*);
void wwsr_events_delete(wwsr_events*);
size_t wwsr_events_count(const wwsr_events*);
uint32_t wwsr_event_kind(const wwsr_events*, size_t index);
uint64_t wwsr_event_id(const wwsr_events*, size_t index);
/* Of a failure what the server said, or nothing. */
wwsr_text wwsr_event_text(const wwsr_events*, size_t index);
/* A reply that is no array is one item. Arrays in arrays are nil: functions answer in one level. */
size_t wwsr_event_items(const wwsr_events*, size_t index);
wwsr_item wwsr_event_item(const wwsr_events*, size_t index, size_t item);

#ifdef __cplusplus
}
#endif

#endif
