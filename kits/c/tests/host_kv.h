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
  host_kv_bytes key, value, metadata;
  uint64_t version; /* 0: nothing is here */
  int64_t time_to_live;
} host_kv_entry;

static struct {
  int absent;                          /* the worker has no namespace */
  int again;                           /* AGAIN is said before each result */
  host_kv_bytes selected;              /* by kv_select; "none" is no binding */
  int fails;                           /* what results of the next operations are; 0: they succeed */
  host_kv_entry entries[HOST_KV_KEYS]; /* sorted, those of version 0 last */
  uint64_t version;
  struct {
    int pending, said_again, code;
    host_kv_bytes result, full; /* of kv_result; of kv_result_with_metadata, where that is another one */
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
                        const char* metadata, size_t metadata_length, int64_t time_to_live) {
  host_kv_entry* entry = host_kv_find(key, key_length);
  if (entry == NULL) {
    entry = &host_kv.entries[HOST_KV_KEYS - 1];
    assert(entry->version == 0);
    entry->key = host_kv_copy(key, key_length);
  }
  entry->value = host_kv_copy(value, length);
  entry->metadata = host_kv_copy(metadata, metadata_length);
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
    host_kv.operations[i].result = host_kv.operations[i].full = host_kv_copy(bytes, length);
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

/* What kv_result_with_metadata() gives of the operation that host_kv_begin() has begun. */
static int32_t host_kv_also(int32_t operation, const char* bytes, size_t length) {
  if (operation >= HOST_KV_FIRST)
    host_kv.operations[operation - HOST_KV_FIRST].full = host_kv_copy(bytes, length);
  return operation;
}

/* When a key goes; the clock of this store stands at 0. And how long its metadata are. */
static char* host_kv_append_about(char* at, const host_kv_entry* entry) {
  const int64_t expires = entry != NULL ? entry->time_to_live : 0;
  const uint32_t metadata = entry != NULL ? (uint32_t)entry->metadata.length : 0;
  return host_kv_append(host_kv_append(at, &expires, 8), &metadata, 4);
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
  const int32_t operation = host_kv_begin(0, host_kv_room, (size_t)(at - host_kv_room));
  at = host_kv_append_about(host_kv_room + 8, entry);
  at = host_kv_append(at, entry->metadata.bytes, entry->metadata.length);
  at = host_kv_append(at, entry->value.bytes, entry->value.length);
  return host_kv_also(operation, host_kv_room, (size_t)(at - host_kv_room));
}

int32_t wws_v1_kv_select(const char* name, size_t name_length) {
  if (name_length == 4 && memcmp(name, "none", 4) == 0) return WWS_V1_ABSENT;
  host_kv.selected = host_kv_copy(name, name_length);
  return 0;
}

/* What is known of keys, as kv_get_many gives it: to host_kv_room. Its length. */
static size_t host_kv_read_many(const char* keys, size_t length, int with_metadata) {
  char* at = host_kv_room;
  for (const char* end = keys + length; keys != end;) {
    uint32_t size;
    memcpy(&size, keys, 4);
    const host_kv_entry* entry = host_kv_find(keys + 4, size);
    const uint64_t version = entry != NULL ? entry->version : 0;
    const uint32_t value = entry != NULL ? (uint32_t)entry->value.length : 0;
    at = host_kv_append(at, &version, 8);
    if (with_metadata) at = host_kv_append_about(at, entry);
    at = host_kv_append(at, &value, 4);
    if (entry != NULL && with_metadata)
      at = host_kv_append(at, entry->metadata.bytes, entry->metadata.length);
    if (entry != NULL) at = host_kv_append(at, entry->value.bytes, value);
    keys += 4 + size;
  }
  return (size_t)(at - host_kv_room);
}

int32_t wws_v1_kv_get_many(const char* keys, size_t length) {
  const int32_t operation = host_kv_begin(0, host_kv_room, host_kv_read_many(keys, length, 0));
  return host_kv_also(operation, host_kv_room, host_kv_read_many(keys, length, 1));
}

static char* host_kv_append_item(char* at, const host_kv_entry* entry, uint32_t content, int with_metadata) {
  host_kv_entry nothing;
  memset(&nothing, 0, sizeof nothing);
  const uint32_t key = (uint32_t)entry->key.length;
  const uint32_t value = content == WWS_V1_LIST_VALUES ? (uint32_t)entry->value.length : 0;
  const host_kv_entry* about = content == WWS_V1_LIST_KEYS ? &nothing : entry;
  at = host_kv_append(at, &key, 4);
  if (!with_metadata) at = host_kv_append(at, &value, 4);
  at = host_kv_append(at, &entry->version, 8);
  if (with_metadata) at = host_kv_append(host_kv_append_about(at, about), &value, 4);
  at = host_kv_append(at, entry->key.bytes, key);
  if (with_metadata) at = host_kv_append(at, about->metadata.bytes, about->metadata.length);
  return host_kv_append(at, entry->value.bytes, value);
}

/* A page: to host_kv_room. Its length. */
static size_t host_kv_read_page(const char* prefix, size_t prefix_length, const char* after,
                                size_t after_length, uint32_t limit, uint32_t content, int with_metadata) {
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
    const size_t length =
        (size_t)(host_kv_append_item(host_kv_room, entry, content, with_metadata) - host_kv_room);
    memcpy(items + size, host_kv_room, length);
    size += length;
    last = entry;
    ++count;
  }
  const uint32_t next_length = (uint32_t)next;
  char* at = host_kv_append(host_kv_room, &next_length, 4);
  if (next > 0) at = host_kv_append(at, last->key.bytes, next);
  at = host_kv_append(at, items, size);
  return (size_t)(at - host_kv_room);
}

int32_t wws_v1_kv_list(const char* prefix, size_t prefix_length, const char* after, size_t after_length,
                       uint32_t limit, uint32_t content) {
  const int code = limit == 0 || limit > 1000 ? (int)WWS_V1_TOO_MUCH : 0;
  size_t length = host_kv_read_page(prefix, prefix_length, after, after_length, limit, content, 0);
  const int32_t operation = host_kv_begin(code, host_kv_room, length);
  length = host_kv_read_page(prefix, prefix_length, after, after_length, limit, content, 1);
  return host_kv_also(operation, host_kv_room, length);
}

int32_t wws_v1_kv_put_with_metadata(const char* key, size_t key_length, const char* value,
                                    size_t value_length, const char* metadata, size_t metadata_length,
                                    int64_t time_to_live, uint32_t condition) {
  int code = host_kv_check(key_length, value_length);
  if (metadata_length > 1024) code = WWS_V1_VALUE_SIZE;
  const int is_there = code == 0 && host_kv_find(key, key_length) != NULL;
  if (code == 0 && condition != 0 && is_there != (condition == WWS_V1_PUT_IF_PRESENT)) code = WWS_V1_CONFLICT;
  if (code == 0 && !host_kv.absent) {
    ++host_kv.version;
    host_kv_set(key, key_length, value, value_length, metadata, metadata_length, time_to_live);
  }
  return host_kv_wrote(code, host_kv.version);
}

int32_t wws_v1_kv_put(const char* key, size_t key_length, const char* value, size_t value_length,
                      int64_t time_to_live, uint32_t condition) {
  return wws_v1_kv_put_with_metadata(key, key_length, value, value_length, NULL, 0, time_to_live, condition);
}

int32_t wws_v1_kv_delete(const char* key, size_t key_length) {
  if (host_kv_find(key, key_length) == NULL) return host_kv_wrote(host_kv_check(key_length, 0), 0);
  ++host_kv.version;
  host_kv_remove(key, key_length);
  return host_kv_wrote(0, host_kv.version);
}

int32_t wws_v1_kv_increment(const char* key, size_t key_length, int64_t by, int64_t time_to_live) {
  const host_kv_entry* entry = host_kv_find(key, key_length);
  const host_kv_bytes metadata = entry != NULL ? entry->metadata : host_kv_copy(NULL, 0);
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
  host_kv_set(key, key_length, text, strlen(text), metadata.bytes, metadata.length, time_to_live);
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
    uint32_t kind, key, value, metadata;
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
        if (changes) host_kv_set(at + 20, key, at + 20 + key, value, NULL, 0, (int64_t)number);
        at += 20 + key + value;
        break;
      case WWS_V1_PUT_WITH_METADATA:
        memcpy(&value, at + 8, 4);
        memcpy(&metadata, at + 12, 4);
        memcpy(&number, at + 16, 8);
        if (changes)
          host_kv_set(at + 24, key, at + 24 + key, value, at + 24 + key + value, metadata, (int64_t)number);
        at += 24 + key + value + metadata;
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

static int32_t host_kv_give(uint32_t operation, char* buffer, size_t capacity, int with_metadata) {
  if (!host_kv_is_pending(operation)) return WWS_V1_INVALID;
  const uint32_t place = operation - HOST_KV_FIRST;
  if (host_kv.again && !host_kv.operations[place].said_again) {
    host_kv.operations[place].said_again = 1;
    return WWS_V1_AGAIN;
  }
  const int code = host_kv.operations[place].code;
  const host_kv_bytes result =
      with_metadata ? host_kv.operations[place].full : host_kv.operations[place].result;
  if (code == 0 && result.length > capacity) return (int32_t)result.length;
  host_kv.operations[place].pending = 0;
  if (code != 0) return code;
  memcpy(buffer, result.bytes, result.length);
  return (int32_t)result.length;
}

int32_t wws_v1_kv_result(uint32_t operation, char* buffer, size_t capacity) {
  return host_kv_give(operation, buffer, capacity, 0);
}

int32_t wws_v1_kv_result_with_metadata(uint32_t operation, char* buffer, size_t capacity) {
  return host_kv_give(operation, buffer, capacity, 1);
}

#endif
