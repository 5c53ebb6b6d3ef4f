/* The kit's own logic, on the host: tests/run. */
#include "wws.h"

#include "host.h"
#include "wws_fetch.h"
#include "wws_kv.h"

/* As in a new instance. */
static void begin(void) {
  host_reset();
  memset(&wws_request_, 0, sizeof wws_request_);
  memset(&wws_memory_, 0, sizeof wws_memory_);
}

static void is(const char* text, const char* expected) {
  if (text == NULL ? expected == NULL : expected != NULL && strcmp(text, expected) == 0) return;
  fprintf(stderr, "got:  %s\nwant: %s\n", text, expected);
  abort();
}

static void test_texts(void) {
  begin();
  char path[3000];
  memset(path, 'p', sizeof path - 1);
  path[sizeof path - 1] = '\0';
  host_request.fields[WWS_V1_PATH] = path;
  is(wws_method(), "GET");
  is(wws_query(), NULL);
  is(wws_path(), path); /* more than is guessed, more than the first room */
  const int calls = host_answer.calls;
  assert(wws_path() == wws_path() && wws_method() == wws_method());
  assert(host_answer.calls == calls);

  is(wws_sent_path(), path); /* as an old server answers */
  host_request.fields[WWS_V1_SENT_PATH] = "/a//b/";
  is(wws_sent_path(), "/a//b/");

  /* Every length around the guess. */
  for (size_t length = 500; length < 520; ++length) {
    begin();
    path[length] = '\0';
    host_request.fields[WWS_V1_URL] = path;
    is(wws_url(), path);
    path[length] = 'p';
  }
}

static void test_lists(void) {
  begin();
  is(wws_param("id"), NULL);
  assert(wws_params()->name == NULL);

  begin();
  const char* const params[] = {"id", "7", "", "no name", "none", "", "name", "a\"b"};
  memcpy(host_request.params, params, sizeof params);
  is(wws_param("id"), "7");
  is(wws_param(""), "no name");
  is(wws_param("none"), "");
  is(wws_param("name"), "a\"b");
  is(wws_param("Name"), NULL);
  is(wws_param("nam"), NULL);
  const wws_field* field = wws_find(wws_params(), "name");
  assert(field->name_length == 4 && field->value_length == 3);
  assert(host_answer.calls == 1);

  /* Every length around the guess; repeated names are kept in order. */
  char value[600];
  memset(value, 'v', sizeof value);
  for (size_t length = 450; length < 520; ++length) {
    begin();
    value[length] = '\0';
    host_request.headers[0] = "x-a", host_request.headers[1] = value;
    host_request.headers[2] = "x-b", host_request.headers[3] = "second";
    host_request.headers[4] = "x-b", host_request.headers[5] = "third";
    const wws_field* header = wws_headers();
    is(header[0].name, "x-a");
    is(header[0].value, value);
    assert(header[0].value_length == length);
    is(header[1].name, "x-b");
    is(header[1].value, "second");
    is(header[2].value, "third");
    assert(header[3].name == NULL);
    value[length] = 'v';
  }
}

static void test_header(void) {
  begin();
  host_request.headers[0] = "accept", host_request.headers[1] = "text/html";
  char name[] = "accept";
  is(wws_header(name), "text/html");
  name[0] = '-'; /* the kit has its own copy */
  const int calls = host_answer.calls;
  is(wws_header("accept"), "text/html");
  assert(host_answer.calls == calls);
  is(wws_header("x-none"), NULL);
  is(wws_header("x-none"), NULL);
  assert(host_answer.calls == calls + 1);
}

static void is_decoded(const char* text, const char* percent, const char* form) {
  char copy[64];
  assert(wws_percent_decode(strcpy(copy, text)) == strlen(percent));
  is(copy, percent);
  assert(wws_form_decode(strcpy(copy, text)) == strlen(form));
  is(copy, form);
}

static void test_decoding(void) {
  is_decoded("", "", "");
  is_decoded("a+b", "a+b", "a b");
  is_decoded("%41%7a%C3%a9", "Az\xc3\xa9", "Az\xc3\xa9");
  is_decoded("%", "%", "%");
  is_decoded("%4", "%4", "%4");
  is_decoded("%4g%g4%%41", "%4g%g4%A", "%4g%g4%A");
  char zero[] = "a%00b";
  assert(wws_percent_decode(zero) == 3 && memcmp(zero, "a\0b", 4) == 0);
}

static void test_query(void) {
  begin();
  is(wws_query_value("a"), NULL);

  begin();
  host_request.fields[WWS_V1_QUERY] = "a=1&b=x%26y+z&&c&=d&%65=f=g&a=2&z=";
  is(wws_query_value("a"), "1");
  is(wws_query_value("b"), "x&y z");
  is(wws_query_value("c"), "");
  is(wws_query_value(""), "d");
  is(wws_query_value("e"), "f=g");
  is(wws_query_value("z"), "");
  is(wws_query_value("y"), NULL);
  int count = 0;
  for (const wws_field* field = wws_query_values(); field->name != NULL; ++field) ++count;
  assert(count == 7);
  is(wws_query(), "a=1&b=x%26y+z&&c&=d&%65=f=g&a=2&z=");
}

static void give_body(const char* type, const char* body, size_t length) {
  begin();
  if (type != NULL) host_request.headers[0] = "content-type", host_request.headers[1] = type;
  host_request.body = body;
  host_request.body_length = length;
}

static void test_body(void) {
  static char bytes[100000];
  for (size_t i = 0; i < sizeof bytes; ++i) bytes[i] = (char)(i % 251);
  for (size_t length = 0; length <= sizeof bytes; length = length * 3 + 1) {
    for (size_t piece = 0; piece < 2000; piece += 999) {
      for (int told = 0; told < 2; ++told) {
        give_body(NULL, bytes, length);
        host_request.body_piece = piece;
        host_request.body_again = piece != 0;
        char number[20];
        snprintf(number, sizeof number, "%zu", length);
        if (told) host_request.headers[0] = "content-length", host_request.headers[1] = number;
        size_t read = 1;
        const char* body = wws_body(&read);
        assert(read == length && memcmp(body, bytes, length) == 0 && body[length] == '\0');
        assert(wws_body(NULL) == body);
      }
    }
  }
  give_body(NULL, "abc", 3);
  char first;
  assert(wws_read(&first, 1) == 1 && first == 'a');
  is(wws_body(NULL), "bc");
  assert(wws_read(&first, 1) == 0);

  give_body(NULL, "abcdef", 6);
  host_request.body_piece = 2;
  host_request.body_cut = 4;
  assert(wws_body(NULL) == NULL);
  assert(wws_read(&first, 1) == WWS_CLOSED);

  /* Lengths that no server passes on. */
  give_body(NULL, "abc", 3);
  host_request.headers[0] = "content-length", host_request.headers[1] = "-7";
  is(wws_body(NULL), "abc");
}

static void test_form(void) {
  give_body("Application/X-WWW-Form-Urlencoded; charset=utf-8", "name=A+%26+B&empty=", 19);
  is(wws_form_value("name"), "A & B");
  is(wws_form_value("empty"), "");
  is(wws_form_value("other"), NULL);
  is(wws_body(NULL), "name=A+%26+B&empty=");
  give_body("text/plain", "name=A", 6);
  is(wws_form_value("name"), NULL);
  is(wws_body(NULL), "name=A");
  give_body("application/x-www-form-urlencoded", "name=A", 6);
  host_request.body_piece = 2;
  host_request.body_cut = 2;
  is(wws_form_value("name"), NULL);
}

static void test_write(void) {
  begin();
  host_request.room = 2;
  assert(wws_print("abcde") == 0);
  is(host_answer.body, "abcde");
  assert(host_answer.waits == 3);
  assert(wws_print("") == 0);
  assert(wws_set_status(404) == WWS_STATE);
  assert(wws_add_header("a", "b") == WWS_STATE);
  assert(!wws_client_left());
  assert(wws_finish() == 0 && wws_finish() == WWS_STATE);
  assert(wws_print("f") == WWS_STATE);

  begin();
  host_request.leaves = 3;
  host_request.room = 3;
  assert(wws_print("abcde") == WWS_CLOSED);
  assert(wws_client_left());

  begin();
  assert(wws_add_header("x-bad", "a\r\nb: c") == WWS_INVALID);
  assert(wws_reply(404, "text/plain", "nothing here") == 0);
  assert(host_answer.status == 404);
  is(host_answer.headers, "content-type: text/plain\n");
  is(host_answer.body, "nothing here");
  assert(wws_reply(200, "text/plain", "") == WWS_STATE);
}

static void test_format(void) {
  begin();
  char text[2000];
  size_t written = 0;
  for (int length = 0; length < 1500; length += 100) {
    memset(text, 'a', (size_t)length);
    text[length] = '\0';
    assert(wws_printf("%s%d", text, length) == 0);
    char expected[2020];
    const size_t size = (size_t)snprintf(expected, sizeof expected, "%s%d", text, length);
    assert(host_answer.body_length - written == size &&
           memcmp(host_answer.body + written, expected, size) == 0);
    written += size;
  }
  /* A loop does not grow. */
  (void)wws_printf("%s", text);
  const char* next = wws_memory_.next;
  for (int i = 0; i < 10; ++i) (void)wws_printf("%s", text);
  assert(wws_memory_.next == next);

  wws_logf(WWS_LOG_WARNING, "%d", 7);
  wws_log(WWS_LOG_ERROR, "eight");
  is(host_answer.log, "1 7\n0 eight\n");
}

static void test_memory(void) {
  begin();
  char* last = NULL;
  for (size_t size = 1; size < 40000; size = size * 2 + 1) {
    char* memory = (char*)wws_alloc(size);
    assert((uintptr_t)memory % 16 == 0);
    memset(memory, 1, size);
    assert(memory != last);
    last = memory;
  }
}

static void test_time(void) {
  begin();
  int timers[3];
  for (int i = 0; i < 3; ++i) assert((timers[i] = wws_timer_ms(10)) >= 0);
  assert(wws_wait_any(timers, 3) == 0);
  assert(wws_wait_any(timers, 3) == WWS_INVALID); /* the first ended */
  assert(wws_cancel(timers[0]) == WWS_INVALID);
  assert(wws_wait_all(timers + 1, 2) == 0);
  assert(wws_timer_ms(-1) == WWS_INVALID);
  for (int i = 0; i < 1024; ++i) assert(wws_timer_ms(INT64_MAX) >= 0);
  assert(wws_timer_ms(1) == WWS_LIMIT);
  assert(wws_sleep_ms(3) == 0 && host_answer.slept == 3000000);
  assert(wws_sleep_ms(-1) == WWS_INVALID);
  assert(wws_time_ms() == 1700000000123 && wws_steady_ms() == 5);
  uint8_t random[4] = {0};
  assert(wws_random(random, 4) == 0 && random[3] == 0xa5);
  is(wws_error_text(WWS_CLOSED), "the client left");
}

static int has(wws_bytes bytes, const char* text, size_t length) {
  return bytes.length == length && memcmp(bytes.bytes, text, length) == 0;
}

static void test_kv_one(void) {
  const wws_bytes key = wws_bytes_of("a\0\xff", 3);
  wws_kv_entry entry;
  uint64_t first, second;
  assert(wws_kv_get(key, &entry) == 0 && entry.version == 0);
  assert(wws_kv_put(key, wws_bytes_of("\0\xff", 2), NULL, &first) == 0 && first > 0);
  assert(wws_kv_get(key, &entry) == 1 && entry.version == first && has(entry.value, "\0\xff", 2));
  assert(entry.value.bytes[2] == '\0');
  assert(wws_kv_put(key, wws_text("x"), &(wws_kv_options){.condition = WWS_KV_IF_ABSENT}, NULL) ==
         WWS_CONFLICT);
  assert(wws_kv_put(key, wws_text(""),
                    &(wws_kv_options){.time_to_live_ms = 7000, .condition = WWS_KV_IF_PRESENT},
                    &second) == 0 &&
         second > first);
  assert(host_kv.entries[0].time_to_live == 7000);
  assert(wws_kv_compare_and_swap(key, first, wws_text("y"), NULL, NULL) == WWS_CONFLICT);
  assert(wws_kv_compare_and_swap(key, second, wws_text("y"), NULL, &first) == 0);
  assert(wws_kv_get(key, &entry) == 1);
  is(entry.value.bytes, "y");
  assert(wws_kv_increment(key, 1, NULL, NULL, NULL) == WWS_NOT_A_NUMBER);
  assert(wws_kv_delete(key) == 1 && wws_kv_delete(key) == 0);
  int64_t number;
  assert(wws_kv_increment(key, INT64_MAX, NULL, &number, NULL) == 0 && number == INT64_MAX);
  assert(wws_kv_increment(key, 1, NULL, NULL, NULL) == WWS_OVERFLOW);
  assert(wws_kv_get(wws_text(""), &entry) == WWS_KEY_SIZE);
}

static void test_kv_large(void) {
  static char large[(1 << 20) + 1];
  wws_kv_entry entry;
  memset(large, 'v', sizeof large);
  for (size_t length = 480; length < 520; ++length) {
    assert(wws_kv_put(wws_text("k"), wws_bytes_of(large, length), NULL, NULL) == 0);
    assert(wws_kv_get(wws_text("k"), &entry) == 1 && entry.value.length == length);
    assert(memcmp(entry.value.bytes, large, length) == 0 && entry.value.bytes[length] == '\0');
  }
  assert(wws_kv_put(wws_text("k"), wws_bytes_of(large, 1 << 20), NULL, NULL) == 0);
  assert(wws_kv_get(wws_text("k"), &entry) == 1 && has(entry.value, large, 1 << 20));
  assert(wws_kv_put(wws_text("k"), wws_bytes_of(large, sizeof large), NULL, NULL) == WWS_VALUE_SIZE);
  assert(wws_kv_put(wws_bytes_of(large, 513), wws_text(""), NULL, NULL) == WWS_KEY_SIZE);
}

static void test_kv_several(void) {
  const wws_bytes keys[] = {wws_text("u/2"), wws_text("none"), wws_text("u/1")};
  wws_kv_entry entries[3];
  assert(wws_kv_get_many(keys, 0, entries) == 0);
  char name[] = "u/0";
  for (int i = 0; i < 7; ++i, ++name[2])
    assert(wws_kv_put(wws_text(name), wws_text(name + 1), NULL, NULL) == 0);
  assert(wws_kv_put(wws_text("v"), wws_text("other"), NULL, NULL) == 0);
  assert(wws_kv_get_many(keys, 3, entries) == 2);
  is(entries[0].value.bytes, "/2");
  assert(entries[1].version == 0 && entries[1].value.length == 0);
  is(entries[2].value.bytes, "/1");

  for (uint32_t limit = 0; limit < 9; ++limit) {
    for (int with_values = 0; with_values < 2; ++with_values) {
      wws_kv_list list = {.prefix = wws_text("u/"), .limit = limit, .with_values = with_values};
      int count = 0;
      for (const wws_kv_entry* entry; (entry = wws_kv_next(&list)) != NULL; ++count) {
        name[2] = (char)('0' + count);
        assert(has(entry->key, name, 3) && entry->version != 0);
        if (with_values) is(entry->value.bytes, name + 1);
        if (!with_values) assert(entry->value.length == 0);
      }
      assert(count == 7 && list.error == 0);
    }
  }
  wws_kv_list page = {.after = wws_text("u/5"), .limit = 1};
  assert(wws_kv_next_page(&page) == 1 && page.count == 1 && has(page.after, "u/6", 3));
  assert(wws_kv_next_page(&page) == 1 && page.count == 1 && page.after.length == 0);
  assert(has(page.entries[0].key, "v", 1) && wws_kv_next_page(&page) == 0);
  wws_kv_list bad = {.limit = 1001};
  assert(wws_kv_next(&bad) == NULL && bad.error == WWS_TOO_MUCH);
}

static void test_kv_changes(void) {
  wws_kv_entry entry;
  uint64_t before, after;
  assert(wws_kv_put(wws_text("from"), wws_text("v"), NULL, &before) == 0);
  wws_kv_changes changes = {0};
  wws_kv_add_check(&changes, wws_text("from"), before);
  wws_kv_add_check_all(&changes, before);
  wws_kv_add_put(&changes, wws_text("to"), wws_text("v"), &(wws_kv_options){.time_to_live_ms = 5});
  wws_kv_add_delete(&changes, wws_text("from"));
  assert(wws_kv_commit(&changes, &after) == 0 && after > before);
  assert(wws_kv_get(wws_text("from"), &entry) == 0);
  assert(wws_kv_get(wws_text("to"), &entry) == 1 && entry.version == after);
  assert(host_kv.entries[0].time_to_live == 5);
  assert(wws_kv_commit(&changes, NULL) == WWS_CONFLICT);
  wws_kv_changes many = {0};
  char name[] = "many/0";
  for (int i = 0; i < 40; ++i, ++name[5])
    wws_kv_add_put(&many, wws_text(name), wws_text("a value of its own"), NULL);
  assert(wws_kv_commit(&many, NULL) == 0);
  assert(wws_kv_get(wws_text("many/5"), &entry) == 1);
}

static void test_kv_metadata(void) {
  const wws_bytes keys[] = {wws_text("b"), wws_text("none"), wws_text("a")};
  wws_kv_entry entry, entries[3];
  uint64_t version;
  const wws_kv_options options = {.time_to_live_ms = 7000, .metadata = wws_text("[1]")};
  assert(wws_kv_get_with_metadata(keys[2], &entry) == 0 && entry.version == 0 && entry.metadata.length == 0);
  assert(wws_kv_put(keys[2], wws_text("one"), &options, &version) == 0);
  assert(wws_kv_put(keys[0], wws_text("two"), NULL, NULL) == 0);
  assert(wws_kv_get_with_metadata(keys[2], &entry) == 1 && entry.version == version);
  is(entry.value.bytes, "one");
  assert(has(entry.metadata, "[1]", 3) && entry.expires_ms == 7000);
  assert(wws_kv_get(keys[2], &entry) == 1 && has(entry.value, "one", 3));
  assert(wws_kv_get_many_with_metadata(keys, 3, entries) == 2);
  is(entries[0].value.bytes, "two");
  is(entries[2].value.bytes, "one");
  assert(entries[0].metadata.length == 0 && entries[0].expires_ms == 0 && entries[1].version == 0);
  assert(has(entries[2].metadata, "[1]", 3) && entries[2].expires_ms == 7000);
  for (int with_values = 0; with_values < 2; ++with_values) {
    wws_kv_list list = {.with_values = with_values, .with_metadata = true};
    const wws_kv_entry* first = wws_kv_next(&list);
    assert(has(first->key, "a", 1) && has(first->metadata, "[1]", 3) && first->expires_ms == 7000);
    assert(has(first->value, "one", with_values ? 3 : 0));
    const wws_kv_entry* second = wws_kv_next(&list);
    assert(has(second->key, "b", 1) && second->metadata.length == 0 && second->version > version);
    assert(wws_kv_next(&list) == NULL && list.error == 0);
  }
  wws_kv_changes changes = {0};
  wws_kv_add_put(&changes, keys[0], wws_text("three"), &options);
  wws_kv_add_put(&changes, keys[2], wws_text("four"), NULL);
  assert(wws_kv_commit(&changes, NULL) == 0);
  assert(wws_kv_get_with_metadata(keys[0], &entry) == 1 && has(entry.metadata, "[1]", 3));
  is(entry.value.bytes, "three");
  assert(wws_kv_get_with_metadata(keys[2], &entry) == 1 && entry.metadata.length == 0);
  static char large[1025];
  assert(wws_kv_put(keys[0], wws_text(""), &(wws_kv_options){.metadata = wws_bytes_of(large, sizeof large)},
                    NULL) == WWS_VALUE_SIZE);
  assert(wws_kv_select(wws_text("CARTS")) == 0 && host_kv.selected.length == 5);
  assert(wws_kv_select(wws_text("none")) == WWS_ABSENT);
}

static void test_kv(void) {
  for (int again = 0; again < 2; ++again) {
    void (*const tests[])(void) = {test_kv_one, test_kv_large, test_kv_several, test_kv_changes,
                                   test_kv_metadata};
    for (size_t i = 0; i < sizeof tests / sizeof *tests; ++i) {
      begin();
      host_kv.again = again;
      tests[i]();
      for (int place = 0; place < HOST_KV_OPERATIONS; ++place) assert(!host_kv.operations[place].pending);
    }
  }
  /* Several at once. */
  begin();
  host_kv.again = 1;
  int operations[10];
  int64_t sum = 0, number;
  for (int i = 0; i < 10; ++i) operations[i] = wws_kv_begin_increment(wws_text("n"), 1, NULL);
  assert(wws_wait_any(operations, 10) == 0);
  for (int i = 0; i < 10; ++i) {
    assert(wws_kv_finish_increment(operations[i], &number, NULL) == 0);
    sum += number;
  }
  assert(sum == 55);
  assert(wws_kv_finish_write(operations[0], NULL) == WWS_INVALID);
  const int left = wws_kv_begin_get(wws_text("n"));
  assert(wws_cancel(left) == 0 && wws_cancel(left) == WWS_INVALID);

  wws_kv_entry entry;
  host_kv.fails = WWS_UNAVAILABLE;
  assert(wws_kv_get(wws_text("n"), &entry) == WWS_UNAVAILABLE);
  assert(wws_kv_increment(wws_text("n"), 1, NULL, NULL, NULL) == WWS_UNAVAILABLE);
  begin();
  host_kv.absent = 1;
  wws_kv_list list = {0};
  assert(wws_kv_get(wws_text("n"), &entry) == WWS_ABSENT);
  assert(wws_kv_put(wws_text("n"), wws_text(""), NULL, NULL) == WWS_ABSENT);
  assert(wws_kv_next(&list) == NULL && list.error == WWS_ABSENT);
  is(wws_error_text(WWS_ABSENT), "no namespace");
}

static void test_fetch_whole(void) {
  wws_answer answer;
  size_t length = 0;
  const wws_field headers[] = {wws_field_of("x-one", "1"), wws_field_of("x-two", ""),
                               wws_field_of(NULL, NULL)};
  const wws_fetch_options options = {.headers = headers, .body = wws_text("the body")};
  assert(wws_fetch("PUT", "http://upstream/a?b=c", &options, &answer) == 201 && answer.status == 201);
  is(answer.url, "http://upstream/a?b=c");
  is(answer.error_text, NULL);
  is(wws_value(answer.headers, "x-a"), "1");
  is(wws_value(answer.headers, "x-b"), "");
  is(wws_value(answer.headers, "x-c"), NULL);
  is(wws_fetch_body(answer.fetch, &length), "the body");
  assert(length == 8);
  is(host_fetch.fetches[0].method, "PUT");
  is(host_fetch.fetches[0].headers, "x-one=1;x-two=;");
  assert(wws_cancel(answer.fetch) == 0 && wws_cancel(answer.fetch) == WWS_INVALID);
}

static void test_fetch_streams(void) {
  static char piece[10000];
  wws_answer answer;
  size_t length = 0;
  const int fetch = wws_fetch_start("POST", "http://upstream/", &(wws_fetch_options){.body_streams = true});
  assert(wws_fetch_try_status(fetch) == WWS_AGAIN);
  memset(piece, 'p', sizeof piece);
  for (int i = 0; i < 10; ++i) assert(wws_fetch_write(fetch, piece, sizeof piece) == 0);
  assert(wws_fetch_write(fetch, piece, 0) == 0 && wws_fetch_end(fetch) == 0 && host_fetch.rooms == 0);
  assert(wws_fetch_write(fetch, piece, 1) == WWS_STATE);
  assert(wws_fetch_finish(fetch, &answer) == 201);
  assert(wws_fetch_read(fetch, piece, 3) == 3);
  const char* const body = wws_fetch_body(fetch, &length);
  assert(length == 99997 && body[99996] == 'p' && body[99997] == 0);
  assert(wws_fetch_read(fetch, piece, 3) == 0);
}

static void test_fetch(void) {
  wws_answer answer;
  for (int again = 0; again < 2; ++again) {
    void (*const tests[])(void) = {test_fetch_whole, test_fetch_streams};
    for (size_t i = 0; i < sizeof tests / sizeof *tests; ++i) {
      begin();
      host_fetch.again = again;
      tests[i]();
    }
  }
  /* Several at once. */
  begin();
  host_fetch.again = 1;
  int fetches[10];
  for (int i = 0; i < 10; ++i) {
    const char digit[] = {'0', (char)('0' + i), 0};
    fetches[i] = wws_fetch_start("GET", digit, NULL);
  }
  assert(wws_wait_any(fetches, 10) == 0);
  for (int i = 9; i >= 0; --i) {
    assert(wws_fetch_finish(fetches[i], &answer) == 201);
    assert(answer.url[1] == '0' + i);
  }
  /* What fails. */
  begin();
  host_fetch.fails = WWS_TLS;
  host_fetch.error = "the certificate is of yesterday";
  assert(wws_fetch("GET", "https://upstream/", NULL, &answer) == WWS_TLS);
  is(answer.error_text, "the certificate is of yesterday");
  assert(wws_fetch_body(answer.fetch, NULL) == NULL);
  host_fetch.absent = 1;
  assert(wws_fetch("GET", "https://upstream/", NULL, &answer) == WWS_NOT_ALLOWED);
  is(answer.error_text, "may not be sent");
  assert(wws_fetch("A method that is no method", "", NULL, &answer) < 0);
  for (int code = WWS_TOO_MANY; code <= WWS_NOT_ALLOWED; ++code)
    assert(strcmp(wws_error_text(code), "unknown error") != 0);
}

/* What a worker writes. */
static int prepared, resumed;
WWS_INIT { prepared = 1; }
WWS_RESUME { resumed = prepared + 1; }
WWS_HANDLER { wws_printf("%d %s", resumed, wws_var("greeting")); }

static void test_worker(void) {
  begin();
  host_request.vars[0] = "greeting", host_request.vars[1] = "good day";
  wws_init();
  wws_resume();
  wws_handle();
  is(host_answer.body, "2 good day");
}

int main(void) {
  test_texts();
  test_lists();
  test_header();
  test_decoding();
  test_query();
  test_body();
  test_form();
  test_write();
  test_format();
  test_memory();
  test_time();
  test_kv();
  test_fetch();
  test_worker();
  puts("wws.h: all passed");
}
