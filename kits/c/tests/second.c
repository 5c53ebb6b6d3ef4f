/* A second file of a worker: the kit's state is one for both. */
#include "wws.h"

const char* method_in_second_file(void);
const char* method_in_second_file(void) { return wws_method(); }
