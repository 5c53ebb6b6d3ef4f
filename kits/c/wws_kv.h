/** The key-value store for workers in C: one header over wws.h.
 *
 *     uint64_t version;
 *     int64_t visits;
 *     if (wws_kv_increment(wws_text("visits"), 1, NULL, &visits, &version) == 0) wws_printf("%lld", (long
 * long)visits);
 *
 * A worker has the keys of the namespace that its TOML file names, in `[data.kv]`, and those of
 * `[data.kv.bindings]` (wws_kv_select); docs/kv.md tells what is promised. Keys are 1 to 512 bytes, values up
 * to 1 MiB, of any bytes. Each write gives its keys a new version, a number that rises; 0 is the version of a
 * key that is not there. A value may have metadata, a text of at most 1,024 bytes, JSON by agreement with
 * other workers: functions `..._with_metadata` read them.
 *
 * Functions return 0 or more, or a code of `enum wws_error`; WWS_ABSENT is a worker without a namespace. They
 * wait for what they ask. To have several on their way at once, begin each (`wws_kv_begin_...`: an operation,
 * as a timer is one), and finish them then (`wws_kv_finish_...`). An operation that is begun and not finished
 * may be waited for with wws_wait_any, and ended with wws_cancel.
 *
 * What is read is in memory of the request (see wws_alloc), except for what wws_kv_next gives. */
#ifndef WWS_KV_H
#define WWS_KV_H

#include "wws.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A key and what it has. */
typedef struct wws_kv_entry {
  wws_bytes key;    /**< in lists; none from wws_kv_get and wws_kv_get_many, which know it */
  wws_bytes value;  /**< with a NUL behind it, which its length does not count; none in lists of keys alone */
  uint64_t version; /**< 0: there is no such key */

  /* Where metadata are asked for. */
  wws_bytes metadata; /**< empty: none */
  int64_t expires_ms; /**< when the key goes, in milliseconds since 1970; 0: never */
} wws_kv_entry;

enum wws_kv_condition {
  WWS_KV_ALWAYS = WWS_V1_PUT_ALWAYS,
  WWS_KV_IF_ABSENT = WWS_V1_PUT_IF_ABSENT,   /**< only if there is no such key */
  WWS_KV_IF_PRESENT = WWS_V1_PUT_IF_PRESENT, /**< only if there is one */
};

/** How to write; NULL where it is asked for: for ever, always. */
typedef struct wws_kv_options {
  int64_t time_to_live_ms;         /**< 0: for ever */
  enum wws_kv_condition condition; /**< of wws_kv_put */
  wws_bytes metadata;              /**< of wws_kv_put and wws_kv_add_put; empty: none */
} wws_kv_options;

static inline int64_t wws_kv_life_(const wws_kv_options* options) {
  return options != NULL ? options->time_to_live_ms : 0;
}

/** What begins from now on is in the namespace of this binding; an empty name: in the worker's own. What has
 * begun stays where it is. WWS_ABSENT: there is no such binding. */
static inline int wws_kv_select(wws_bytes binding) { return wws_v1_kv_select(binding.bytes, binding.length); }

/* --- What an operation came to --- */

/* One of the server's functions that give results. */
typedef int32_t (*wws_kv_result_)(uint32_t operation, char* buffer, size_t capacity);

/* The result in memory of the request that nobody has taken yet: its length. Room for a NUL is behind it. */
WWS_FUNCTION_ int wws_kv_wait_(int operation, wws_kv_result_ result, char** bytes) {
  if (operation < 0) return operation;
  size_t capacity = WWS_GUESS_ - 1;
  for (;;) {
    *bytes = wws_room_(capacity + 1);
    const int length = result((uint32_t)operation, *bytes, capacity);
    if (length == WWS_AGAIN) {
      const int error = wws_wait_for_((uint32_t)operation);
      if (error < 0) return error;
    } else if (length < 0 || (size_t)length <= capacity) {
      return length;
    } else {
      capacity = (size_t)length;
    }
  }
}

/* The same for results of one or two numbers. */
WWS_FUNCTION_ int wws_kv_wait_numbers_(int operation, uint64_t numbers[2]) {
  if (operation < 0) return operation;
  for (;;) {
    const int length = wws_v1_kv_result((uint32_t)operation, (char*)numbers, 2 * sizeof *numbers);
    if (length != WWS_AGAIN) return length < 0 ? length : 0;
    const int error = wws_wait_for_((uint32_t)operation);
    if (error < 0) return error;
  }
}

/** Finishes an operation that writes, waiting for it: 0, and the version in `version` unless that is NULL. */
static inline int wws_kv_finish_write(int operation, uint64_t* version) {
  uint64_t numbers[2] = {0, 0};
  const int result = wws_kv_wait_numbers_(operation, numbers);
  if (result == 0 && version != NULL) *version = numbers[0];
  return result;
}

/* --- Reading --- */

/** Begins wws_kv_get: the operation. */
static inline int wws_kv_begin_get(wws_bytes key) { return wws_v1_kv_get(key.bytes, key.length); }

/** Finishes it, waiting for it. */
WWS_FUNCTION_ int wws_kv_finish_get(int operation, wws_kv_entry* entry) {
  char* bytes;
  memset(entry, 0, sizeof *entry);
  if (operation < 0) return operation;
  const int length = wws_kv_wait_(operation, wws_v1_kv_result, &bytes);
  if (length == WWS_V1_ABSENT) return 0;
  if (length < 0) return length;
  (void)wws_keep_text_(bytes, length);
  memcpy(&entry->version, bytes, sizeof entry->version);
  entry->value = wws_bytes_of(bytes + sizeof entry->version, (size_t)length - sizeof entry->version);
  return 1;
}

/** Value and version of a key: 1, or 0 if there is no such key. */
static inline int wws_kv_get(wws_bytes key, wws_kv_entry* entry) {
  return wws_kv_finish_get(wws_kv_begin_get(key), entry);
}

/** Finishes wws_kv_begin_get with all that is known of the key. */
WWS_FUNCTION_ int wws_kv_finish_get_with_metadata(int operation, wws_kv_entry* entry) {
  char* bytes;
  uint32_t metadata;
  memset(entry, 0, sizeof *entry);
  if (operation < 0) return operation;
  const int length = wws_kv_wait_(operation, wws_v1_kv_result_with_metadata, &bytes);
  if (length == WWS_V1_ABSENT) return 0;
  if (length < 0) return length;
  (void)wws_keep_text_(bytes, length);
  memcpy(&entry->version, bytes, 8);
  memcpy(&entry->expires_ms, bytes + 8, 8);
  memcpy(&metadata, bytes + 16, 4);
  entry->metadata = wws_bytes_of(bytes + 20, metadata);
  entry->value = wws_bytes_of(bytes + 20 + metadata, (size_t)length - 20 - metadata);
  return 1;
}

/** The same with the key's metadata and expiry. */
static inline int wws_kv_get_with_metadata(wws_bytes key, wws_kv_entry* entry) {
  return wws_kv_finish_get_with_metadata(wws_kv_begin_get(key), entry);
}

/** Begins wws_kv_get_many: the operation. */
WWS_FUNCTION_ int wws_kv_begin_get_many(const wws_bytes* keys, size_t count) {
  size_t size = 0;
  for (size_t i = 0; i < count; ++i) size += sizeof(uint32_t) + keys[i].length;
  char* const list = wws_room_(size); /* which nobody takes */
  char* at = list;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t length = (uint32_t)keys[i].length;
    memcpy(at, &length, sizeof length);
    at += sizeof length;
    if (length > 0) memcpy(at, keys[i].bytes, length);
    at += length;
  }
  return wws_v1_kv_get_many(list, size);
}

/** Finishes it, waiting for it; `count` is that of its keys. */
WWS_FUNCTION_ int wws_kv_finish_get_many(int operation, wws_kv_entry* entries, size_t count) {
  char* bytes;
  const int length = wws_kv_wait_(operation, wws_v1_kv_result, &bytes);
  if (length < 0) return length;
  (void)wws_keep_text_(bytes, length);
  int found = 0;
  for (size_t i = 0; i < count; ++i) {
    uint32_t value;
    memset(&entries[i], 0, sizeof entries[i]);
    memcpy(&entries[i].version, bytes, 8);
    memcpy(&value, bytes + 8, 4);
    *bytes = '\0'; /* of the value before */
    bytes += 12;
    entries[i].value = wws_bytes_of(bytes, value);
    bytes += value;
    found += entries[i].version != 0;
  }
  return found;
}

/** Values and versions of keys, all of one moment, in the order of the keys: how many there are. Those that
 * are not there have version 0. */
static inline int wws_kv_get_many(const wws_bytes* keys, size_t count, wws_kv_entry* entries) {
  return wws_kv_finish_get_many(wws_kv_begin_get_many(keys, count), entries, count);
}

/** Finishes wws_kv_begin_get_many with all that is known of the keys. */
WWS_FUNCTION_ int wws_kv_finish_get_many_with_metadata(int operation, wws_kv_entry* entries, size_t count) {
  char* bytes;
  const int length = wws_kv_wait_(operation, wws_v1_kv_result_with_metadata, &bytes);
  if (length < 0) return length;
  (void)wws_keep_text_(bytes, length);
  int found = 0;
  for (size_t i = 0; i < count; ++i) {
    uint32_t lengths[2]; /* of metadata and value */
    memset(&entries[i], 0, sizeof entries[i]);
    memcpy(&entries[i].version, bytes, 8);
    memcpy(&entries[i].expires_ms, bytes + 8, 8);
    memcpy(lengths, bytes + 16, 8);
    *bytes = '\0'; /* of the value before */
    entries[i].metadata = wws_bytes_of(bytes + 24, lengths[0]);
    entries[i].value = wws_bytes_of(bytes + 24 + lengths[0], lengths[1]);
    bytes += 24 + lengths[0] + lengths[1];
    found += entries[i].version != 0;
  }
  return found;
}

/** The same with the metadata and expiry of each. */
static inline int wws_kv_get_many_with_metadata(const wws_bytes* keys, size_t count, wws_kv_entry* entries) {
  return wws_kv_finish_get_many_with_metadata(wws_kv_begin_get_many(keys, count), entries, count);
}

/** The keys that begin with a prefix, in the order of their bytes. All zero: all keys, without their values.
 *
 *     wws_kv_list list = {.prefix = wws_text("user/"), .with_values = true};
 *     for (const wws_kv_entry* entry; (entry = wws_kv_next(&list)) != NULL;) use(entry);
 *     if (list.error < 0) ... */
typedef struct wws_kv_list {
  wws_bytes prefix;
  wws_bytes after;  /**< from behind this key on; then, where the next page begins: empty if there is none */
  uint32_t limit;   /**< the most keys of a page, up to 1,000; 0: 100 */
  bool with_values; /**< values too */
  bool with_metadata; /**< metadata and expiries too */
  int error;          /**< why wws_kv_next came to an end: 0 if that was the last */

  /* Of the page that was read last. */
  const wws_kv_entry* entries; /**< there until the next page is read */
  size_t count;

  size_t next_;
  bool begun_;
  char* page_;
  size_t page_size_;
  wws_kv_entry* entries_;
  size_t entries_size_;
} wws_kv_list;

/* The head of a key in a page: its length, and where the rest begins. */
WWS_FUNCTION_ char* wws_kv_read_head_(const wws_kv_list* list, char* at, wws_kv_entry* entry,
                                      uint32_t lengths[3]) {
  memset(entry, 0, sizeof *entry);
  memcpy(lengths, at, 4); /* of the key; then of metadata and value */
  if (!list->with_metadata) {
    lengths[1] = 0;
    memcpy(lengths + 2, at + 4, 4);
    memcpy(&entry->version, at + 8, 8);
    return at + 16;
  }
  memcpy(&entry->version, at + 4, 8);
  memcpy(&entry->expires_ms, at + 12, 8);
  memcpy(lengths + 1, at + 20, 8);
  return at + 28;
}

/* What is in the page of that length. */
WWS_FUNCTION_ void wws_kv_read_page_(wws_kv_list* list, size_t length) {
  char* at = list->page_;
  const char* const end = at + length;
  wws_kv_entry head;
  uint32_t lengths[3];
  memcpy(lengths, at, 4);
  list->after = wws_bytes_of(at + 4, lengths[0]);
  at += 4 + lengths[0];
  char* const first = at;
  size_t count = 0;
  for (; at != end; ++count) {
    at = wws_kv_read_head_(list, at, &head, lengths);
    at += lengths[0] + lengths[1] + lengths[2];
  }
  if (count > list->entries_size_) {
    list->entries_size_ = count;
    list->entries_ = (wws_kv_entry*)wws_alloc(count * sizeof *list->entries_);
  }
  at = first;
  for (size_t i = 0; i < count; ++i) {
    wws_kv_entry* const entry = &list->entries_[i];
    char* const rest = wws_kv_read_head_(list, at, entry, lengths);
    if (i > 0) *at = '\0'; /* of the value before */
    at = rest;
    entry->key = wws_bytes_of(at, lengths[0]);
    entry->metadata = wws_bytes_of(at + lengths[0], lengths[1]);
    entry->value = wws_bytes_of(at + lengths[0] + lengths[1], lengths[2]);
    at += lengths[0] + lengths[1] + lengths[2];
  }
  *at = '\0';
  list->entries = list->entries_;
  list->count = count;
  list->next_ = 0;
}

/** Reads the next page into `entries` and `count`, and waits for it: 1, or 0 if there is no more. */
WWS_FUNCTION_ int wws_kv_next_page(wws_kv_list* list) {
  list->count = list->next_ = 0;
  if (list->begun_ && list->after.length == 0) return 0;
  const int operation = wws_v1_kv_list(list->prefix.bytes, list->prefix.length, list->after.bytes,
                                       list->after.length, list->limit != 0 ? list->limit : 100,
                                       list->with_values     ? WWS_V1_LIST_VALUES
                                       : list->with_metadata ? WWS_V1_LIST_METADATA
                                                             : WWS_V1_LIST_KEYS);
  if (operation < 0) return operation;
  const wws_kv_result_ result = list->with_metadata ? wws_v1_kv_result_with_metadata : wws_v1_kv_result;
  for (;;) {
    const int length = result((uint32_t)operation, list->page_, list->page_size_);
    if (length == WWS_AGAIN) {
      const int error = wws_wait_for_((uint32_t)operation);
      if (error < 0) return error;
    } else if (length < 0) {
      return length;
    } else if ((size_t)length > list->page_size_) {
      list->page_size_ = (size_t)length;
      list->page_ = (char*)wws_alloc((size_t)length + 1);
    } else {
      list->begun_ = true;
      wws_kv_read_page_(list, (size_t)length);
      return 1;
    }
  }
}

/** The next key, of this page or the next one; it is there until the next call. NULL: there is no more, or an
 * `error`. */
WWS_FUNCTION_ const wws_kv_entry* wws_kv_next(wws_kv_list* list) {
  while (list->next_ == list->count) {
    const int result = wws_kv_next_page(list);
    if (result <= 0) {
      list->error = result;
      return NULL;
    }
  }
  return &list->entries[list->next_++];
}

/* --- Writing --- */

/** Begins wws_kv_put: the operation, for wws_kv_finish_write. */
static inline int wws_kv_begin_put(wws_bytes key, wws_bytes value, const wws_kv_options* options) {
  const uint32_t condition = options != NULL ? (uint32_t)options->condition : 0;
  if (options != NULL && options->metadata.length > 0)
    return wws_v1_kv_put_with_metadata(key.bytes, key.length, value.bytes, value.length,
                                       options->metadata.bytes, options->metadata.length,
                                       options->time_to_live_ms, condition);
  return wws_v1_kv_put(key.bytes, key.length, value.bytes, value.length, wws_kv_life_(options), condition);
}

/** Gives a key a value. WWS_CONFLICT: the condition does not hold. `version` may be NULL. */
static inline int wws_kv_put(wws_bytes key, wws_bytes value, const wws_kv_options* options,
                             uint64_t* version) {
  return wws_kv_finish_write(wws_kv_begin_put(key, value, options), version);
}

/** Begins wws_kv_delete: the operation, for wws_kv_finish_write. */
static inline int wws_kv_begin_delete(wws_bytes key) { return wws_v1_kv_delete(key.bytes, key.length); }

/** Removes a key: 1, or 0 if there was none. */
static inline int wws_kv_delete(wws_bytes key) {
  uint64_t version = 0;
  const int result = wws_kv_finish_write(wws_kv_begin_delete(key), &version);
  return result == 0 ? version != 0 : result;
}

/** Begins wws_kv_increment: the operation. */
static inline int wws_kv_begin_increment(wws_bytes key, int64_t by, const wws_kv_options* options) {
  return wws_v1_kv_increment(key.bytes, key.length, by, wws_kv_life_(options));
}

/** Finishes it, waiting for it. */
static inline int wws_kv_finish_increment(int operation, int64_t* number, uint64_t* version) {
  uint64_t numbers[2] = {0, 0};
  const int result = wws_kv_wait_numbers_(operation, numbers);
  if (result == 0 && number != NULL) *number = (int64_t)numbers[0];
  if (result == 0 && version != NULL) *version = numbers[1];
  return result;
}

/** Adds to a number, kept as decimal text; a key that is not there counts as 0. Nothing is lost when many do
 * it at once. The time to live is that of a key that this makes. `number` and `version` may be NULL.
 * WWS_NOT_A_NUMBER, WWS_OVERFLOW. */
static inline int wws_kv_increment(wws_bytes key, int64_t by, const wws_kv_options* options, int64_t* number,
                                   uint64_t* version) {
  return wws_kv_finish_increment(wws_kv_begin_increment(key, by, options), number, version);
}

/** Begins wws_kv_compare_and_swap: the operation, for wws_kv_finish_write. */
static inline int wws_kv_begin_compare_and_swap(wws_bytes key, uint64_t expected, wws_bytes value,
                                                const wws_kv_options* options) {
  return wws_v1_kv_compare_and_swap(key.bytes, key.length, expected, value.bytes, value.length,
                                    wws_kv_life_(options));
}

/** Gives a key a value if it has the expected version still; 0: if it is not there. WWS_CONFLICT: it has
 * another. */
static inline int wws_kv_compare_and_swap(wws_bytes key, uint64_t expected, wws_bytes value,
                                          const wws_kv_options* options, uint64_t* version) {
  return wws_kv_finish_write(wws_kv_begin_compare_and_swap(key, expected, value, options), version);
}

/* --- Several changes at once --- */

/** Changes of which all are made or none.
 *
 *     wws_kv_changes changes = {0};
 *     wws_kv_add_check(&changes, from, entry.version);
 *     wws_kv_add_put(&changes, to, entry.value, NULL);
 *     wws_kv_add_delete(&changes, from);
 *     if (wws_kv_commit(&changes, NULL) == WWS_CONFLICT) ... */
typedef struct wws_kv_changes {
  char* bytes_;
  size_t length_;
  size_t capacity_;
} wws_kv_changes;

/* Adds numbers of the ABI and the bytes behind them. */
WWS_FUNCTION_ void wws_kv_add_(wws_kv_changes* changes, const void* numbers, size_t size, wws_bytes key,
                               wws_bytes value) {
  const size_t needed = changes->length_ + size + key.length + value.length;
  if (needed > changes->capacity_) {
    const size_t capacity = needed < 256 ? 512 : 2 * needed;
    char* const bytes = (char*)wws_alloc(capacity);
    if (changes->length_ > 0) memcpy(bytes, changes->bytes_, changes->length_);
    changes->bytes_ = bytes;
    changes->capacity_ = capacity;
  }
  char* const at = changes->bytes_ + changes->length_;
  memcpy(at, numbers, size);
  if (key.length > 0) memcpy(at + size, key.bytes, key.length);
  if (value.length > 0) memcpy(at + size + key.length, value.bytes, value.length);
  changes->length_ = needed;
}

/** The key has this version; 0: it is not there. */
static inline void wws_kv_add_check(wws_kv_changes* changes, wws_bytes key, uint64_t version) {
  const uint32_t numbers[4] = {WWS_V1_CHECK, (uint32_t)key.length, (uint32_t)version,
                               (uint32_t)(version >> 32)};
  wws_kv_add_(changes, numbers, sizeof numbers, key, wws_bytes_of(NULL, 0));
}

/** The namespace has had no write since this version. */
static inline void wws_kv_add_check_all(wws_kv_changes* changes, uint64_t version) {
  const uint32_t numbers[3] = {WWS_V1_CHECK_ALL, (uint32_t)version, (uint32_t)(version >> 32)};
  wws_kv_add_(changes, numbers, sizeof numbers, wws_bytes_of(NULL, 0), wws_bytes_of(NULL, 0));
}

/** The key gets a value. Of the options the time to live and the metadata count. */
static inline void wws_kv_add_put(wws_kv_changes* changes, wws_bytes key, wws_bytes value,
                                  const wws_kv_options* options) {
  const uint64_t life = (uint64_t)wws_kv_life_(options);
  if (options != NULL && options->metadata.length > 0) {
    const uint32_t more[6] = {WWS_V1_PUT_WITH_METADATA, (uint32_t)key.length,
                              (uint32_t)value.length,   (uint32_t)options->metadata.length,
                              (uint32_t)life,           (uint32_t)(life >> 32)};
    wws_kv_add_(changes, more, sizeof more, key, value);
    wws_kv_add_(changes, more, 0, options->metadata, wws_bytes_of(NULL, 0));
    return;
  }
  const uint32_t numbers[5] = {WWS_V1_PUT, (uint32_t)key.length, (uint32_t)value.length, (uint32_t)life,
                               (uint32_t)(life >> 32)};
  wws_kv_add_(changes, numbers, sizeof numbers, key, value);
}

/** The key goes. */
static inline void wws_kv_add_delete(wws_kv_changes* changes, wws_bytes key) {
  const uint32_t numbers[2] = {WWS_V1_DELETE, (uint32_t)key.length};
  wws_kv_add_(changes, numbers, sizeof numbers, key, wws_bytes_of(NULL, 0));
}

/** Begins wws_kv_commit: the operation, for wws_kv_finish_write. */
static inline int wws_kv_begin_commit(const wws_kv_changes* changes) {
  return wws_v1_kv_transaction(changes->bytes_, changes->length_);
}

/** Makes the changes: 0, and the version of all that was written. WWS_CONFLICT: a check does not hold. */
static inline int wws_kv_commit(const wws_kv_changes* changes, uint64_t* version) {
  return wws_kv_finish_write(wws_kv_begin_commit(changes), version);
}

#ifdef __cplusplus
}
#endif
#endif
