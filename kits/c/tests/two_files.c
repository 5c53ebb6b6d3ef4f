/* A worker of two files: answers `one` if both see the same text at the same place. */
#include "wws.h"

const char* method_in_second_file(void);

WWS_HANDLER { wws_print(wws_method() == method_in_second_file() ? "one" : "two"); }
