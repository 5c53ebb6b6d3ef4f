/* Shows a form and answers what was filled in: put it at `form.wasm`, open /form in a browser.
 *
 * zig cc --target=wasm32-wasi -mexec-model=reactor -O2 -Wl,--strip-debug -Ikits/c kits/c/examples/form.c \
 *   -o form.wasm */
#include "wws.h"

/* Text of a client in a page: what means something in HTML is escaped. */
static void print_escaped(const char* text) {
  while (*text) {
    const size_t plain = strcspn(text, "&<>\"'");
    wws_write(text, plain);
    text += plain;
    if (*text) wws_printf("&#%d;", *text++);
  }
}

WWS_HANDLER {
  wws_add_header("content-type", "text/html; charset=utf-8");
  if (strcmp(wws_method(), "POST") != 0) {
    wws_print("<form method=post><input name=name> <input name=colour> <button>Send</button></form>\n");
    return;
  }
  wws_print("<dl>\n");
  for (const wws_field* field = wws_form(); field->name; ++field) {
    wws_print("<dt>");
    print_escaped(field->name);
    wws_print("<dd>");
    print_escaped(field->value);
    wws_print("\n");
  }
  wws_print("</dl>\n");
}
