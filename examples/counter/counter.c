/* Counts the visits of each page, /counter/[page], in the key-value store: exact however many ask at once, and still
 * there after a restart. GET /counter/all lists them. */
#include "wws_kv.h"

static int list(void) {
  wws_kv_list pages = {.with_values = true};
  for (const wws_kv_entry* page; (page = wws_kv_next(&pages)) != NULL;)
    wws_printf("%.*s %.*s\n", (int)page->key.length, page->key.bytes, (int)page->value.length, page->value.bytes);
  return pages.error;
}

static int count(const char* page) {
  int64_t visits = 0;
  const int result = wws_kv_increment(wws_text(page), 1, NULL, &visits, NULL);
  if (result == 0) wws_printf("visit %lld of %s\n", (long long)visits, page);
  return result;
}

WWS_HANDLER {
  wws_add_header("content-type", "text/plain; charset=utf-8");
  const char* page = wws_param("page");
  const int result = strcmp(page, "all") == 0 ? list() : count(page);
  if (result < 0) {
    wws_set_status(503);
    wws_printf("the store says %d\n", result);
  }
}
