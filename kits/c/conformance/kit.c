/* The worker of the conformance suite (../../conformance/README.md). */
#include "wws.h"

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

WWS_HANDLER {
  static const struct {
    const char* path;
    void (*answer)(void);
  } pages[] = {
      {"hello", hello},   {"inspect", inspect},   {"echo", echo},    {"reverse", reverse},
      {"status", status}, {"headers", headers},   {"large", large},  {"bad-header", bad_header},
      {"events", events}, {"sleep", sleep_all},   {"init", init},    {"random", random_bytes},
      {"time", time_now}, {"seed", random_bytes}, {"log", log_text}, {"forever", forever},
      {"trap", abort},    {"print", print},       {"sent", sent},
  };
  if (wws_param("id")) {
    item();
    return;
  }
  const char* path = wws_param("path");
  for (size_t i = 0; path && i < sizeof pages / sizeof *pages; ++i) {
    if (strcmp(path, pages[i].path) == 0) {
      pages[i].answer();
      return;
    }
  }
  wws_reply(404, "text/plain", "nothing here");
}
