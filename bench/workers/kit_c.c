/* Hello with the C kit. */
#include "wws.h"

WWS_HANDLER {
  wws_add_header("content-type", "text/plain");
  wws_print("hello");
}
