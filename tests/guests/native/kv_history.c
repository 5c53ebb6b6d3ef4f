/* A native worker that does one operation of the key-value store as its query says (`op`, `key`, `given`, `expected`),
 * and answers with version and value, or with status 409 and the error's number. For tests/linearizability. */
#include "wws_kv.h"

static long long number(const char* name) {
  const char* text = wws_query_value(name);
  return text != NULL ? strtoll(text, NULL, 10) : 0;
}

WWS_HANDLER {
  const char *op = wws_query_value("op"), *name = wws_query_value("key");
  if (op == NULL || name == NULL) return;
  const wws_bytes key = wws_text(name);
  const uint64_t expected = (uint64_t)number("expected");
  uint64_t version = 0;
  int64_t value = 0;
  int error = WWS_INVALID;
  char given[24];
  snprintf(given, sizeof given, "%lld", number("given"));
  if (strcmp(op, "get") == 0) {
    wws_kv_entry entry;
    error = wws_kv_get(key, &entry);
    if (error == 1) {
      version = entry.version;
      value = strtoll(entry.value.bytes, NULL, 10);
    }
  } else if (strcmp(op, "put") == 0) {
    error = wws_kv_put(key, wws_text(given), NULL, &version);
  } else if (strcmp(op, "put_large") == 0) {  // more than processes share
    static char large[100000];
    error = wws_kv_put(key, (wws_bytes){large, sizeof large}, NULL, &version);
  } else if (strcmp(op, "delete") == 0) {
    error = wws_kv_finish_write(wws_kv_begin_delete(key), &version);
  } else if (strcmp(op, "increment") == 0) {
    error = wws_kv_increment(key, number("given"), NULL, &value, &version);
  } else if (strcmp(op, "swap") == 0) {
    error = wws_kv_compare_and_swap(key, expected, wws_text(given), NULL, &version);
  }
  if (error < 0) {
    wws_set_status(409);
    wws_printf("%d", error);
  } else {
    wws_printf("%llu %lld", (unsigned long long)version, (long long)value);
  }
}
