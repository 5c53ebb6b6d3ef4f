/* The worker of the conformance suite (../../conformance/README.md). */
#include "wws_fetch.h"
#include "wws_kv.h"

static int prepared;

WWS_INIT { ++prepared; }

static long number(const char* name) {
  const char* text = wws_query_value(name);
  return text != NULL ? strtol(text, NULL, 10) : 0;
}

static void text_plain(void) { wws_add_header("content-type", "text/plain"); }

static int by_name(const void* a, const void* b) {
  return strcmp(((const wws_field*)a)->name, ((const wws_field*)b)->name);
}

static void hello(void) {
  text_plain();
  wws_print("hello");
}

static void inspect(void) {
  text_plain();
  wws_printf("method %s\n", wws_method());
  wws_printf("path %s\n", wws_path());
  wws_printf("query %s\n", wws_query() != NULL ? wws_query() : "");
  for (const wws_field* header = wws_headers(); header->name; ++header) {
    if (strncmp(header->name, "x-", 2) == 0) wws_printf("header %s: %s\n", header->name, header->value);
  }
  size_t count = 0;
  while (wws_params()[count].name) ++count;
  wws_field* params = wws_alloc(count * sizeof *params);
  memcpy(params, wws_params(), count * sizeof *params);
  qsort(params, count, sizeof *params, by_name);
  for (size_t i = 0; i < count; ++i) wws_printf("param %s=%s\n", params[i].name, params[i].value);
  if (wws_var("greeting")) wws_printf("var greeting=%s\n", wws_var("greeting"));
  size_t length;
  if (wws_body(&length)) wws_printf("body %zu\n", length);
}

static void sent(void) {
  text_plain();
  wws_print(wws_sent_path());
}

static void echo(void) {
  static char piece[64 * 1024];
  if (wws_header("content-type")) wws_add_header("content-type", wws_header("content-type"));
  int count;
  while ((count = wws_read(piece, sizeof piece)) > 0) {
    if (wws_write(piece, (size_t)count) < 0) return;
  }
}

static void reverse(void) {
  size_t length;
  const char* body = wws_body(&length);
  if (!body) return;
  char* reversed = wws_alloc(length);
  for (size_t i = 0; i < length; ++i) reversed[i] = body[length - 1 - i];
  text_plain();
  wws_write(reversed, length);
}

static void status(void) {
  if (wws_set_status((int)number("code")) < 0) wws_reply(400, "text/plain", "no such status");
}

static void headers(void) {
  text_plain();
  wws_add_header("set-cookie", "a=1");
  wws_add_header("set-cookie", "b=2");
  wws_add_header("x-kit", "yes");
  wws_print("ok");
}

static void bad_header(void) {
  text_plain();
  wws_print(wws_add_header("x-bad", "a\r\nx-injected: b") == WWS_INVALID ? "refused" : "accepted");
}

static void large(void) {
  static char piece[64 * 1024];
  memset(piece, 'x', sizeof piece);
  text_plain();
  for (size_t left = (size_t)number("bytes"); left > 0;) {
    const size_t size = left < sizeof piece ? left : sizeof piece;
    if (wws_write(piece, size) < 0) return;
    left -= size;
  }
}

static void sleep_all(void) {
  const size_t count = (size_t)number("count");
  int* timers = wws_alloc(count * sizeof *timers);
  for (size_t i = 0; i < count; ++i) timers[i] = wws_timer_ms(number("ms"));
  text_plain();
  if (wws_wait_all(timers, count) == 0) wws_printf("slept %zu", count);
}

static void events(void) {
  wws_add_header("content-type", "text/event-stream");
  for (int i = 1; i <= 3; ++i) {
    if (i > 1) wws_sleep_ms(100);
    if (wws_printf("data: %d\n\n", i) < 0) return;
  }
}

static void forever(void) {
  text_plain();
  while (wws_print("tick\n") == 0) wws_sleep_ms(10);
  wws_log(WWS_LOG_INFO, "the client left");
}

static void random_bytes(void) {
  uint8_t bytes[16];
  text_plain();
  if (wws_random(bytes, sizeof bytes) < 0) return;
  for (size_t i = 0; i < sizeof bytes; ++i) wws_printf("%02x", bytes[i]);
}

static void init(void) {
  text_plain();
  wws_printf("%d %s", prepared, wws_var("greeting"));
}

static void time_now(void) {
  text_plain();
  wws_printf("%lld", (long long)wws_time_ms());
}

static void log_text(void) {
  static const char* const names[] = {"error", "warning", "info", "debug"};
  static const enum wws_level levels[] = {WWS_LOG_ERROR, WWS_LOG_WARNING, WWS_LOG_INFO, WWS_LOG_DEBUG};
  const char* name = wws_query_value("level");
  const char* text = wws_query_value("text");
  for (size_t i = 0; name && text && i < sizeof names / sizeof *names; ++i) {
    if (strcmp(name, names[i]) == 0) wws_log(levels[i], text);
  }
  text_plain();
  wws_print("logged");
}

static void print(void) {
  const char* text = wws_query_value("text");
  printf("%s\n", text != NULL ? text : "");
  text_plain();
  wws_print("printed");
}

static void item(void) {
  text_plain();
  wws_printf("item %s", wws_param("id"));
}

/* --- The key-value store --- */

static int hex_digit(char digit) { return digit <= '9' ? digit - '0' : digit - 'a' + 10; }

static wws_bytes from_hex(const char* text, size_t length) {
  char* bytes = wws_alloc(length / 2 + 1);
  for (size_t i = 0; i < length / 2; ++i) {
    bytes[i] = (char)(hex_digit(text[2 * i]) * 16 + hex_digit(text[2 * i + 1]));
  }
  return wws_bytes_of(bytes, length / 2);
}

/* A key in the query; empty without it. */
static wws_bytes key_of(const char* name) {
  const char* text = wws_query_value(name);
  return text != NULL ? from_hex(text, strlen(text)) : wws_text("");
}

static uint64_t version_of(const char* name) {
  const char* text = wws_query_value(name);
  return text != NULL ? strtoull(text, NULL, 10) : 0;
}

static wws_bytes body_bytes(void) {
  size_t length = 0;
  const char* body = wws_body(&length);
  return wws_bytes_of(body, length);
}

static void print_hex(wws_bytes bytes) {
  for (size_t i = 0; i < bytes.length; ++i) wws_printf("%02x", (unsigned char)bytes.bytes[i]);
}

static void kv_failed(int error) {
  static const struct {
    int error;
    const char* name;
  } names[] = {
      {WWS_ABSENT, "NoNamespace"},
      {WWS_LIMIT, "Limit"},
      {WWS_CONFLICT, "Conflict"},
      {WWS_QUOTA, "Quota"},
      {WWS_UNKNOWN, "Unknown"},
      {WWS_UNAVAILABLE, "Unavailable"},
      {WWS_NOT_A_NUMBER, "NotANumber"},
      {WWS_KEY_SIZE, "KeySize"},
      {WWS_VALUE_SIZE, "ValueSize"},
      {WWS_TOO_MUCH, "TooMuch"},
      {WWS_FULL, "Full"},
      {WWS_OVERFLOW, "Overflow"},
      {WWS_IO, "Io"},
      {WWS_INVALID, "Invalid"},
      {WWS_CLOSED, "Closed"},
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    if (names[i].error == error) wws_reply(409, "text/plain", names[i].name);
  }
}

static void kv_wrote(int error, uint64_t version) {
  if (error < 0) {
    kv_failed(error);
    return;
  }
  text_plain();
  wws_printf("%llu", (unsigned long long)version);
}

static void kv_get(void) {
  wws_kv_entry entry;
  const int found = wws_kv_get(key_of("key"), &entry);
  if (found < 0) {
    kv_failed(found);
  } else if (found == 0) {
    wws_reply(404, "text/plain", "none");
  } else {
    char version[24];
    snprintf(version, sizeof version, "%llu", (unsigned long long)entry.version);
    text_plain();
    wws_add_header("x-version", version);
    wws_write(entry.value.bytes, entry.value.length);
  }
}

/* How many there are. */
static size_t keys_of_query(wws_bytes* keys, size_t most) {
  size_t count = 0;
  for (const char* at = wws_query_value("keys"); count < most;) {
    const size_t length = strcspn(at, ",");
    keys[count++] = from_hex(at, length);
    if (at[length] == '\0') break;
    at += length + 1;
  }
  return count;
}

static void kv_get_many(void) {
  static wws_bytes keys[2000];
  static wws_kv_entry entries[2000];
  const size_t count = keys_of_query(keys, 2000);
  const int found = wws_kv_get_many(keys, count, entries);
  if (found < 0) {
    kv_failed(found);
    return;
  }
  text_plain();
  for (size_t i = 0; i < count; ++i) {
    wws_printf("%llu ", (unsigned long long)entries[i].version);
    print_hex(entries[i].value);
    wws_print("\n");
  }
}

static void kv_list(void) {
  wws_kv_list list = {
      .prefix = key_of("prefix"), .after = key_of("after"), .limit = (uint32_t)number("limit")};
  list.with_values = wws_query_value("values") != NULL;
  const int result = wws_kv_next_page(&list);
  if (result < 0) {
    kv_failed(result);
    return;
  }
  text_plain();
  for (size_t i = 0; i < list.count; ++i) {
    wws_printf("%llu ", (unsigned long long)list.entries[i].version);
    print_hex(list.entries[i].key);
    wws_print(" ");
    print_hex(list.entries[i].value);
    wws_print("\n");
  }
  wws_print("after ");
  print_hex(list.after);
}

static void kv_list_all(void) {
  wws_kv_list list = {.prefix = key_of("prefix"), .limit = (uint32_t)number("limit")};
  text_plain();
  for (const wws_kv_entry* entry; (entry = wws_kv_next(&list)) != NULL;) {
    print_hex(entry->key);
    wws_print("\n");
  }
  if (list.error < 0) kv_failed(list.error);
}

/* What the kit says of a key that was read with its metadata. */
static void print_record(const wws_kv_entry* entry) {
  wws_printf("%llu %lld ", (unsigned long long)entry->version, (long long)entry->expires_ms);
  if (entry->key.length > 0) {
    print_hex(entry->key);
    wws_print(" ");
  }
  print_hex(entry->metadata);
  wws_print(" ");
  print_hex(entry->value);
  wws_print("\n");
}

static void kv_get_with_metadata(void) {
  wws_kv_entry entry;
  const int found = wws_kv_get_with_metadata(key_of("key"), &entry);
  if (found <= 0) {
    if (found < 0) kv_failed(found);
    if (found == 0) wws_reply(404, "text/plain", "none");
    return;
  }
  char digits[24], metadata[2 * 1024 + 1] = "";
  snprintf(digits, sizeof digits, "%llu", (unsigned long long)entry.version);
  text_plain();
  wws_add_header("x-version", digits);
  snprintf(digits, sizeof digits, "%lld", (long long)entry.expires_ms);
  wws_add_header("x-expires", digits);
  for (size_t i = 0; i < entry.metadata.length; ++i)
    snprintf(metadata + 2 * i, 3, "%02x", (unsigned char)entry.metadata.bytes[i]);
  wws_add_header("x-metadata", metadata);
  wws_write(entry.value.bytes, entry.value.length);
}

static void kv_get_many_with_metadata(void) {
  static wws_bytes keys[2000];
  static wws_kv_entry entries[2000];
  const size_t count = keys_of_query(keys, 2000);
  const int found = wws_kv_get_many_with_metadata(keys, count, entries);
  if (found < 0) {
    kv_failed(found);
    return;
  }
  text_plain();
  for (size_t i = 0; i < count; ++i) print_record(&entries[i]);
}

static void kv_list_with_metadata(void) {
  wws_kv_list list = {.prefix = key_of("prefix"), .limit = (uint32_t)number("limit"), .with_metadata = true};
  list.with_values = wws_query_value("values") != NULL;
  const int result = wws_kv_next_page(&list);
  if (result < 0) {
    kv_failed(result);
    return;
  }
  text_plain();
  for (size_t i = 0; i < list.count; ++i) print_record(&list.entries[i]);
}

static void kv_put(void) {
  wws_kv_options options = {.time_to_live_ms = number("ttl"), .metadata = key_of("metadata")};
  const char* condition = wws_query_value("if");
  if (condition) options.condition = strcmp(condition, "absent") == 0 ? WWS_KV_IF_ABSENT : WWS_KV_IF_PRESENT;
  uint64_t version = 0;
  const int error = wws_kv_put(key_of("key"), body_bytes(), &options, &version);
  kv_wrote(error, version);
}

static void kv_delete(void) {
  const int result = wws_kv_delete(key_of("key"));
  if (result < 0) {
    kv_failed(result);
  } else {
    wws_reply(200, "text/plain", result == 1 ? "deleted" : "none");
  }
}

static void kv_increment(void) {
  const char* by = wws_query_value("by");
  int64_t sum;
  uint64_t version;
  const int error =
      wws_kv_increment(key_of("key"), by != NULL ? strtoll(by, NULL, 10) : 0, NULL, &sum, &version);
  if (error < 0) {
    kv_failed(error);
    return;
  }
  text_plain();
  wws_printf("%lld %llu", (long long)sum, (unsigned long long)version);
}

static void kv_swap(void) {
  uint64_t version = 0;
  const int error =
      wws_kv_compare_and_swap(key_of("key"), version_of("version"), body_bytes(), NULL, &version);
  kv_wrote(error, version);
}

static void kv_transaction(void) {
  wws_kv_changes changes = {0};
  const wws_kv_options options = {.metadata = key_of("metadata")};
  if (wws_query_value("check")) wws_kv_add_check(&changes, key_of("check"), version_of("version"));
  if (wws_query_value("since")) wws_kv_add_check_all(&changes, version_of("since"));
  if (wws_query_value("put")) wws_kv_add_put(&changes, key_of("put"), body_bytes(), &options);
  if (wws_query_value("delete")) wws_kv_add_delete(&changes, key_of("delete"));
  uint64_t version = 0;
  const int error = wws_kv_commit(&changes, &version);
  kv_wrote(error, version);
}

static void kv_overlap(void) {
  const size_t count = (size_t)number("count");
  int* operations = wws_alloc(count * sizeof *operations);
  for (size_t i = 0; i < count; ++i) operations[i] = wws_kv_begin_increment(key_of("key"), 1, NULL);
  int64_t sum = 0;
  for (size_t i = 0; i < count; ++i) {
    int64_t one = 0;
    const int error = wws_kv_finish_increment(operations[i], &one, NULL);
    if (error < 0) {
      kv_failed(error);
      return;
    }
    sum += one;
  }
  text_plain();
  wws_printf("%lld", (long long)sum);
}

static void fetch_failed(int error, const char* words) {
  static const struct {
    int error;
    const char* name;
  } names[] = {
      {WWS_INVALID, "Invalid"},  {WWS_NOT_ALLOWED, "NotAllowed"}, {WWS_UNREACHABLE, "Unreachable"},
      {WWS_TLS, "Tls"},          {WWS_TIMEOUT, "Timeout"},        {WWS_REDIRECT, "Redirect"},
      {WWS_LOOP, "Loop"},        {WWS_TOO_LARGE, "TooLarge"},     {WWS_BROKEN, "Broken"},
      {WWS_TOO_MANY, "TooMany"}, {WWS_CLOSED, "Closed"},          {WWS_UNAVAILABLE, "Unavailable"},
  };
  wws_set_status(502);
  text_plain();
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    if (names[i].error == error) wws_printf("%s\n%s", names[i].name, words);
  }
}

/* What the query says of a request. */
static int fetch_begin(const char* method, wws_fetch_options options) {
  wws_field fields[] = {wws_field_of(NULL, NULL), wws_field_of(NULL, NULL)};
  if (wws_query_value("x")) fields[0] = wws_field_of("x-sent", wws_query_value("x"));
  const char* redirect = wws_query_value("redirect");
  if (redirect) options.redirect = strcmp(redirect, "manual") ? WWS_REDIRECT_FAIL : WWS_REDIRECT_MANUAL;
  options.headers = fields;
  return wws_fetch_start(method, wws_query_value("url"), &options);
}

/* Passes the answer on as it arrives. */
static void fetch_answer(int fetch) {
  static char piece[64 * 1024], values[1024];
  wws_answer answer;
  if (wws_fetch_finish(fetch, &answer) < 0) {
    fetch_failed(answer.status, answer.error_text);
    return;
  }
  for (const wws_field* field = answer.headers; field->name; ++field) {
    if (strcmp(field->name, "x-a") == 0) {
      if (values[0]) strncat(values, ", ", sizeof values - strlen(values) - 1);
      strncat(values, field->value, sizeof values - strlen(values) - 1);
    }
    if (strcmp(field->name, "content-type") == 0) wws_add_header(field->name, field->value);
  }
  wws_set_status(answer.status);
  wws_add_header("x-upstream", values);
  wws_add_header("x-url", answer.url);
  int count;
  while ((count = wws_fetch_read(fetch, piece, sizeof piece)) > 0) {
    if (wws_write(piece, (size_t)count) < 0) return;
  }
  if (count < 0) abort(); /* so that the client can tell */
}

static void fetch_send(void) {
  size_t length = 0;
  const char* body = wws_body(&length);
  if (body) fetch_answer(fetch_begin(wws_method(), (wws_fetch_options){.body = wws_bytes_of(body, length)}));
}

static void fetch_pass(void) {
  static char piece[64 * 1024];
  const int fetch = fetch_begin(wws_method(), (wws_fetch_options){.body_streams = true});
  int count = 0;
  while (fetch >= 0 && (count = wws_read(piece, sizeof piece)) > 0) {
    if (wws_fetch_write(fetch, piece, (size_t)count) < 0) break; /* the answer says why */
  }
  if (count == 0 && fetch >= 0) wws_fetch_end(fetch);
  fetch_answer(fetch);
}

static void fetch_made(void) {
  static char piece[50000];
  const int fetch = fetch_begin("POST", (wws_fetch_options){.body_streams = true});
  memset(piece, 'x', sizeof piece);
  for (size_t left = (size_t)number("bytes"); fetch >= 0 && left > 0;) {
    const size_t now = left < sizeof piece ? left : sizeof piece;
    if (wws_fetch_write(fetch, piece, now) < 0) break;
    left -= now;
  }
  if (fetch >= 0) wws_fetch_end(fetch);
  fetch_answer(fetch);
}

static void fetch_overlap(void) {
  const long count = number("count");
  int* fetches = wws_alloc((size_t)count * sizeof *fetches);
  for (long i = 0; i < count; ++i) {
    char url[256];
    snprintf(url, sizeof url, "%s%ld", wws_query_value("url"), i);
    fetches[i] = wws_fetch_start("GET", url, NULL);
  }
  const char** bodies = wws_alloc((size_t)count * sizeof *bodies);
  for (long i = 0; i < count; ++i) {
    wws_answer answer;
    if (wws_fetch_finish(fetches[i], &answer) < 0) {
      fetch_failed(answer.status, answer.error_text);
      return;
    }
    bodies[i] = wws_fetch_body(fetches[i], NULL);
  }
  text_plain();
  for (long i = 0; i < count; ++i) wws_printf("%s%s", i > 0 ? "\n" : "", bodies[i] ? bodies[i] : "");
}

static void fetch_drop(void) {
  char piece[100];
  wws_answer answer;
  if (wws_fetch_finish(fetch_begin("GET", (wws_fetch_options){0}), &answer) < 0) {
    fetch_failed(answer.status, answer.error_text);
    return;
  }
  const int count = wws_fetch_read(answer.fetch, piece, sizeof piece);
  wws_cancel(answer.fetch);
  wws_reply(200, "text/plain", count > 0 ? "dropped" : "ended");
}

static void fetch_late(void) {
  const int operations[] = {fetch_begin("GET", (wws_fetch_options){0}), wws_timer_ms(number("ms"))};
  if (operations[0] >= 0 && wws_wait_any(operations, 2) == 1) {
    wws_cancel(operations[0]);
    wws_reply(200, "text/plain", "late");
    return;
  }
  const int status = wws_fetch_try_status(operations[0]);
  if (status < 0) {
    fetch_failed(status, wws_fetch_error_text(operations[0], status));
    return;
  }
  wws_reply(200, "text/plain", status == 200 ? "in time" : "not found");
}

WWS_HANDLER {
  static const struct {
    const char* path;
    void (*answer)(void);
  } pages[] = {
      {"hello", hello},
      {"inspect", inspect},
      {"echo", echo},
      {"reverse", reverse},
      {"status", status},
      {"headers", headers},
      {"large", large},
      {"bad-header", bad_header},
      {"events", events},
      {"sleep", sleep_all},
      {"init", init},
      {"random", random_bytes},
      {"time", time_now},
      {"seed", random_bytes},
      {"log", log_text},
      {"forever", forever},
      {"trap", abort},
      {"print", print},
      {"sent", sent},
      {"kv/get", kv_get},
      {"kv/get-many", kv_get_many},
      {"kv/get-with-metadata", kv_get_with_metadata},
      {"kv/get-many-with-metadata", kv_get_many_with_metadata},
      {"kv/list", kv_list},
      {"kv/list-with-metadata", kv_list_with_metadata},
      {"kv/list-all", kv_list_all},
      {"kv/put", kv_put},
      {"kv/delete", kv_delete},
      {"kv/increment", kv_increment},
      {"kv/swap", kv_swap},
      {"kv/transaction", kv_transaction},
      {"kv/overlap", kv_overlap},
      {"fetch/send", fetch_send},
      {"fetch/pass", fetch_pass},
      {"fetch/made", fetch_made},
      {"fetch/overlap", fetch_overlap},
      {"fetch/drop", fetch_drop},
      {"fetch/late", fetch_late},
  };
  if (wws_param("id")) {
    item();
    return;
  }
  const char* path = wws_param("path");
  const char* binding = wws_query_value("binding");
  const int selected = binding ? wws_kv_select(wws_text(binding)) : 0;
  if (selected < 0) {
    kv_failed(selected);
    return;
  }
  for (size_t i = 0; path && i < sizeof pages / sizeof *pages; ++i) {
    if (strcmp(path, pages[i].path) == 0) {
      pages[i].answer();
      return;
    }
  }
  wws_reply(404, "text/plain", "nothing here");
}
