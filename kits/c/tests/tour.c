/* The code of kits/c/README.md, which scripts/fill takes from here. It only has to compile. */
#include <stdbool.h>
#include <string.h>

#include "wws.h"
#include "wws_fetch.h"
#include "wws_kv.h"

struct table {
  int entries[100];
};

void consume(const char* piece, size_t length);
void use(wws_bytes key, wws_bytes value);
wws_bytes changed(wws_bytes value);
bool next_line(char* line);
void build(struct table* table);
void seed_generator(void);

void request(void) {
  /* [request */
  const char* id = wws_param("id");             // of the route: a worker `item/[id].wasm`
  const char* page = wws_query_value("page");   // of ?page=2, decoded
  const char* agent = wws_header("user-agent"); // repeated ones joined
  const char* greeting = wws_var("greeting");   // of [vars] in the worker's TOML file
  /* request] */
}

void headers(void) {
  /* [headers */
  for (const wws_field* f = wws_headers(); f->name; ++f) wws_printf("%s: %s\n", f->name, f->value);
  /* headers] */
}

void body(void) {
  /* [body */
  size_t length;
  const char* body = wws_body(&length); // NULL: the client left in the middle
  /* body] */
}

void read_pieces(void) {
  /* [pieces */
  static char piece[65536];
  int count;
  while ((count = wws_read(piece, sizeof piece)) > 0) consume(piece, (size_t)count);
  if (count < 0) return; // the client left
  /* pieces] */
}

void answer(const char* bytes, size_t length, int i, int n) {
  /* [answer */
  wws_set_status(201);
  wws_add_header("set-cookie", "a=1");
  wws_add_header("set-cookie", "b=2"); // another one of that name
  wws_print("text");
  wws_write(bytes, length);
  wws_printf("%d of %d\n", i, n); // brings the C library's printf, 20 KB
  /* answer] */
}

/* [stream */
WWS_HANDLER {
  wws_add_header("content-type", "text/event-stream");
  for (int i = 1; wws_printf("data: %d\n\n", i) == 0; ++i) wws_sleep_ms(1000);
}
/* stream] */

void timers(void) {
  /* [timers */
  int timers[] = {wws_timer_ms(300), wws_timer_ms(200)};
  wws_wait_all(timers, 2); // 300 ms
  /* timers] */
}

void first_of(int count) {
  static char piece[64];
  /* [first */
  const int first[] = {WWS_CAN_READ, wws_timer_ms(500)};
  if (wws_wait_any(first, 2) == 1) {
    wws_reply(408, "text/plain", "too slow");
    return;
  }
  wws_cancel(first[1]);
  count = wws_try_read(piece, sizeof piece); // does not wait
  /* first] */
}

void keys(wws_bytes key, wws_bytes value) {
  /* [keys */
  wws_kv_entry entry;
  if (wws_kv_get(wws_text("greeting"), &entry) == 1) wws_write(entry.value.bytes, entry.value.length);
  wws_kv_put(wws_text("greeting"), wws_text("good day"), NULL, NULL);
  wws_kv_put(key, value, &(wws_kv_options){.time_to_live_ms = 60000, .condition = WWS_KV_IF_ABSENT}, NULL);
  wws_kv_delete(key);

  int64_t visits;
  wws_kv_increment(wws_text("visits"), 1, NULL, &visits, NULL); // exact, however many do it at once
  /* keys] */
}

void swap(wws_bytes key, wws_kv_entry entry, int result) {
  /* [swap */
  do {
    wws_kv_get(key, &entry); // version 0: it is not there
    result = wws_kv_compare_and_swap(key, entry.version, changed(entry.value), NULL, NULL);
  } while (result == WWS_CONFLICT);
  /* swap] */
}

void change(wws_bytes from, wws_bytes to, wws_kv_entry entry, int result) {
  /* [changes */
  wws_kv_changes changes = {0};
  wws_kv_add_check(&changes, from, entry.version);
  wws_kv_add_put(&changes, to, entry.value, NULL);
  wws_kv_add_delete(&changes, from);
  result = wws_kv_commit(&changes, NULL);
  /* changes] */
}

void list(void) {
  /* [list */
  wws_kv_list list = {.prefix = wws_text("user/"), .with_values = true};
  for (const wws_kv_entry* entry; (entry = wws_kv_next(&list)) != NULL;) use(entry->key, entry->value);
  if (list.error < 0) return;
  /* list] */
}

void overlap(wws_bytes one, wws_bytes two, wws_kv_entry first, wws_kv_entry second) {
  /* [overlap */
  const int operations[] = {wws_kv_begin_get(one), wws_kv_begin_get(two)};
  wws_kv_finish_get(operations[0], &first);
  wws_kv_finish_get(operations[1], &second);
  /* overlap] */
}

void fetch(void) {
  /* [fetch */
  wws_answer answer;
  if (wws_fetch("GET", "https://api.example.com/today", NULL, &answer) < 0) {
    wws_reply(502, "text/plain", answer.error_text); // the server's words; answer.status is the code
    return;
  }
  const char* type = wws_value(answer.headers, "content-type");
  size_t length;
  const char* body = wws_fetch_body(answer.fetch, &length); // NULL: it broke off
  /* fetch] */
}

void upload(const char* url, char* line, wws_answer answer) {
  /* [upload */
  const wws_field headers[] = {wws_field_of("content-type", "text/csv"), wws_field_of(NULL, NULL)};
  const int fetch = wws_fetch_start("PUT", url, &(wws_fetch_options){.headers = headers, .body_streams = true});
  while (next_line(line)) wws_fetch_write(fetch, line, strlen(line));
  wws_fetch_end(fetch);
  wws_fetch_finish(fetch, &answer);
  /* upload] */
}

void log_and_time(int64_t begin) {
  /* [log */
  wws_log(WWS_LOG_WARNING, "water rises");
  wws_logf(WWS_LOG_INFO, "took %lld ms", (long long)(wws_steady_ms() - begin));
  int64_t now = wws_time_ms(); // since 1970
  uint8_t key[32];
  wws_random(key, sizeof key); // fit for keys
  /* log] */
}

/* [preparation */
static struct table table;

WWS_INIT { build(&table); }
WWS_RESUME { seed_generator(); }
/* preparation] */
