/* The key-value store of host.h: in memory, one namespace, times to live are kept and nothing ends. */
#ifndef WWS_TESTS_HOST_KV_H
#define WWS_TESTS_HOST_KV_H

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wws_v1.h"

enum { HOST_KV_KEYS = 64, HOST_KV_OPERATIONS = 1024, HOST_KV_FIRST = 2000, HOST_KV_ROOM = 3 << 20 };

typedef struct {
  char* bytes;
  size_t length;
} host_kv_bytes;

typedef struct {
  host_kv_bytes key, value;
  uint64_t version; /* 0: nothing is here */
  int64_t time_to_live;
} host_kv_entry;

static struct {
  int absent;                          /* the worker has no namespace */
  int again;                           /* AGAIN is said before each result */
  int fails;                           /* what results of the next operations are; 0: they succeed */
  host_kv_entry entries[HOST_KV_KEYS]; /* sorted, those of version 0 last */
  uint64_t version;
  struct {
    int pending, said_again, code;
    host_kv_bytes result;
  } operations[HOST_KV_OPERATIONS];
} host_kv;

static char host_kv_room[HOST_KV_ROOM];

static host_kv_bytes host_kv_copy(const char* bytes, size_t length) {
  host_kv_bytes copy = {(char*)malloc(length + 1), length};
  if (length > 0) memcpy(copy.bytes, bytes, length);
  return copy;
}

static int host_kv_compare(host_kv_bytes a, host_kv_bytes b) {
  const size_t both = a.length < b.length ? a.length : b.length;
  const int order = both > 0 ? memcmp(a.bytes, b.bytes, both) : 0;
  return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static int host_kv_order(const void* a, const void* b) {
  const host_kv_entry *left = (const host_kv_entry*)a, *right = (const host_kv_entry*)b;
  if (left->version == 0 || right->version == 0) return (left->version == 0) - (right->version == 0);
  return host_kv_compare(left->key, right->key);
}

static host_kv_entry* host_kv_find(const char* key, size_t length) {
  const host_kv_bytes wanted = {(char*)(uintptr_t)key, length};
  for (host_kv_entry* entry = host_kv.entries; entry != host_kv.entries + HOST_KV_KEYS && entry->version;
       ++entry) {
    if (host_kv_compare(entry->key, wanted) == 0) return entry;
  }
  return NULL;
}

static void host_kv_set(const char* key, size_t key_length, const char* value, size_t length,
                        int64_t time_to_live) {
  host_kv_entry* entry = host_kv_find(key, key_length);
  if (entry == NULL) {
    entry = &host_kv.entries[HOST_KV_KEYS - 1];
    assert(entry->version == 0);
    entry->key = host_kv_copy(key, key_length);
  }
  entry->value = host_kv_copy(value, length);
  entry->version = host_kv.version;
  entry->time_to_live = time_to_live;
  qsort(host_kv.entries, HOST_KV_KEYS, sizeof *host_kv.entries, host_kv_order);
}

static void host_kv_remove(const char* key, size_t length) {
  host_kv_entry* entry = host_kv_find(key, length);
  if (entry == NULL) return;
  memset(entry, 0, sizeof *entry);
  qsort(host_kv.entries, HOST_KV_KEYS, sizeof *host_kv.entries, host_kv_order);
}

/* Begins an operation that came to this. */
static int32_t host_kv_begin(int code, const char* bytes, size_t length) {
  if (host_kv.absent) return WWS_V1_ABSENT;
  for (int32_t i = 0; i < HOST_KV_OPERATIONS; ++i) {
    if (host_kv.operations[i].pending) continue;
    host_kv.operations[i].pending = 1;
    host_kv.operations[i].said_again = 0;
    host_kv.operations[i].code = host_kv.fails != 0 ? host_kv.fails : code;
    host_kv.operations[i].result = host_kv_copy(bytes, length);
    return HOST_KV_FIRST + i;
  }
  return WWS_V1_LIMIT;
}

static int host_kv_is_pending(uint32_t operation) {
  return operation >= HOST_KV_FIRST && operation < HOST_KV_FIRST + HOST_KV_OPERATIONS &&
         host_kv.operations[operation - HOST_KV_FIRST].pending;
}

static int host_kv_check(size_t key_length, size_t value_length) {
  if (key_length == 0 || key_length > 512) return WWS_V1_KEY_SIZE;
  return value_length > 1 << 20 ? WWS_V1_VALUE_SIZE : 0;
}

static char* host_kv_append(char* at, const void* bytes, size_t length) {
  assert((size_t)(host_kv_room + HOST_KV_ROOM - at) >= length);
  if (length > 0) memcpy(at, bytes, length);
  return at + length;
}

static int32_t host_kv_wrote(int code, uint64_t version) {
  return host_kv_begin(code, (const char*)&version, sizeof version);
}

int32_t wws_v1_kv_get(const char* key, size_t key_length) {
  const int code = host_kv_check(key_length, 0);
  const host_kv_entry* entry = code == 0 ? host_kv_find(key, key_length) : NULL;
  if (entry == NULL) return host_kv_begin(code != 0 ? code : (int)WWS_V1_ABSENT, NULL, 0);
  char* at = host_kv_append(host_kv_room, &entry->version, 8);
  at = host_kv_append(at, entry->value.bytes, entry->value.length);
  return host_kv_begin(0, host_kv_room, (size_t)(at - host_kv_room));
}

int32_t wws_v1_kv_get_many(const char* keys, size_t length) {
  char* at = host_kv_room;
  for (const char* end = keys + length; keys != end;) {
    uint32_t size;
    memcpy(&size, keys, 4);
    const host_kv_entry* entry = host_kv_find(keys + 4, size);
    const uint64_t version = entry != NULL ? entry->version : 0;
    const uint32_t value = entry != NULL ? (uint32_t)entry->value.length : 0;
    at = host_kv_append(at, &version, 8);
    at = host_kv_append(at, &value, 4);
    if (entry != NULL) at = host_kv_append(at, entry->value.bytes, value);
    keys += 4 + size;
  }
  return host_kv_begin(0, host_kv_room, (size_t)(at - host_kv_room));
}

int32_t wws_v1_kv_list(const char* prefix, size_t prefix_length, const char* after, size_t after_length,
                       uint32_t limit, uint32_t content) {
  static char items[HOST_KV_ROOM];
  const host_kv_bytes from = {(char*)(uintptr_t)after, after_length};
  const host_kv_entry* last = NULL;
  uint32_t count = 0;
  size_t size = 0, next = 0;
  for (const host_kv_entry* entry = host_kv.entries;
       entry != host_kv.entries + HOST_KV_KEYS && entry->version; ++entry) {
    if (entry->key.length < prefix_length ||
        (prefix_length > 0 && memcmp(entry->key.bytes, prefix, prefix_length) != 0) ||
        (after_length > 0 && host_kv_compare(entry->key, from) <= 0))
      continue;
    if (count == limit) {
      next = last->key.length;
      break;
    }
    const uint32_t lengths[2] = {(uint32_t)entry->key.length, content ? (uint32_t)entry->value.length : 0};
    memcpy(items + size, lengths, 8);
    memcpy(items + size + 8, &entry->version, 8);
    memcpy(items + size + 16, entry->key.bytes, lengths[0]);
    if (lengths[1] > 0) memcpy(items + size + 16 + lengths[0], entry->value.bytes, lengths[1]);
    size += 16 + lengths[0] + lengths[1];
    last = entry;
    ++count;
  }
  const uint32_t next_length = (uint32_t)next;
  char* at = host_kv_append(host_kv_room, &next_length, 4);
  if (next > 0) at = host_kv_append(at, last->key.bytes, next);
  at = host_kv_append(at, items, size);
  return host_kv_begin(limit == 0 || limit > 1000 ? (int)WWS_V1_TOO_MUCH : 0, host_kv_room,
                       (size_t)(at - host_kv_room));
}

int32_t wws_v1_kv_put(const char* key, size_t key_length, const char* value, size_t value_length,
                      int64_t time_to_live, uint32_t condition) {
  int code = host_kv_check(key_length, value_length);
  const int is_there = code == 0 && host_kv_find(key, key_length) != NULL;
  if (code == 0 && condition != 0 && is_there != (condition == WWS_V1_PUT_IF_PRESENT)) code = WWS_V1_CONFLICT;
  if (code == 0 && !host_kv.absent) {
    ++host_kv.version;
    host_kv_set(key, key_length, value, value_length, time_to_live);
  }
  return host_kv_wrote(code, host_kv.version);
}

int32_t wws_v1_kv_delete(const char* key, size_t key_length) {
  if (host_kv_find(key, key_length) == NULL) return host_kv_wrote(host_kv_check(key_length, 0), 0);
  ++host_kv.version;
  host_kv_remove(key, key_length);
  return host_kv_wrote(0, host_kv.version);
}

int32_t wws_v1_kv_increment(const char* key, size_t key_length, int64_t by, int64_t time_to_live) {
  const host_kv_entry* entry = host_kv_find(key, key_length);
  char text[32] = "0";
  if (entry != NULL) {
    if (entry->value.length > 20) return host_kv_begin(WWS_V1_NOT_A_NUMBER, NULL, 0);
    memcpy(text, entry->value.bytes, entry->value.length);
    text[entry->value.length] = '\0';
    time_to_live = entry->time_to_live;
  }
  char* end;
  int64_t number = strtoll(text, &end, 10);
  if (end == text || *end != '\0') return host_kv_begin(WWS_V1_NOT_A_NUMBER, NULL, 0);
  if (__builtin_add_overflow(number, by, &number)) return host_kv_begin(WWS_V1_OVERFLOW, NULL, 0);
  snprintf(text, sizeof text, "%lld", (long long)number);
  ++host_kv.version;
  host_kv_set(key, key_length, text, strlen(text), time_to_live);
  memcpy(text, &number, 8);
  memcpy(text + 8, &host_kv.version, 8);
  return host_kv_begin(0, text, 16);
}

int32_t wws_v1_kv_compare_and_swap(const char* key, size_t key_length, uint64_t version, const char* value,
                                   size_t value_length, int64_t time_to_live) {
  const host_kv_entry* entry = host_kv_find(key, key_length);
  if ((entry != NULL ? entry->version : 0) != version) return host_kv_begin(WWS_V1_CONFLICT, NULL, 0);
  return wws_v1_kv_put(key, key_length, value, value_length, time_to_live, 0);
}

/* Looks whether the checks hold, or makes the changes. 0, or an error. */
static int host_kv_walk(const char* at, size_t length, int changes) {
  for (const char* end = at + length; at != end;) {
    uint32_t kind, key, value;
    uint64_t number;
    memcpy(&kind, at, 4);
    memcpy(&key, at + 4, 4);
    switch (kind) {
      case WWS_V1_CHECK: {
        memcpy(&number, at + 8, 8);
        const host_kv_entry* entry = host_kv_find(at + 16, key);
        if (!changes && (entry != NULL ? entry->version : 0) != number) return WWS_V1_CONFLICT;
        at += 16 + key;
        break;
      }
      case WWS_V1_PUT:
        memcpy(&value, at + 8, 4);
        memcpy(&number, at + 12, 8);
        if (changes) host_kv_set(at + 20, key, at + 20 + key, value, (int64_t)number);
        at += 20 + key + value;
        break;
      case WWS_V1_DELETE:
        if (changes) host_kv_remove(at + 8, key);
        at += 8 + key;
        break;
      case WWS_V1_CHECK_ALL:
        memcpy(&number, at + 4, 8);
        if (!changes && host_kv.version > number) return WWS_V1_CONFLICT;
        at += 12;
        break;
      default:
        return WWS_V1_INVALID;
    }
  }
  return 0;
}

int32_t wws_v1_kv_transaction(const char* changes, size_t length) {
  const int code = host_kv_walk(changes, length, 0);
  if (code == 0) {
    ++host_kv.version;
    (void)host_kv_walk(changes, length, 1);
  }
  return host_kv_wrote(code, host_kv.version);
}

int32_t wws_v1_kv_result(uint32_t operation, char* buffer, size_t capacity) {
  if (!host_kv_is_pending(operation)) return WWS_V1_INVALID;
  const uint32_t place = operation - HOST_KV_FIRST;
  if (host_kv.again && !host_kv.operations[place].said_again) {
    host_kv.operations[place].said_again = 1;
    return WWS_V1_AGAIN;
  }
  const int code = host_kv.operations[place].code;
  const host_kv_bytes result = host_kv.operations[place].result;
  if (code == 0 && result.length > capacity) return (int32_t)result.length;
  host_kv.operations[place].pending = 0;
  if (code != 0) return code;
  memcpy(buffer, result.bytes, result.length);
  return (int32_t)result.length;
}

#endif
