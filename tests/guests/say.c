/* Writes to standard output what its query says: ?out=PERCENT-ENCODED. */
#include "query.h"

int main(void) {
  size_t size = 0;
  const char *out = query_parameter(read_input(), "out", &size);
  if (out != NULL) fwrite(out, 1, size, stdout);
  return 0;
}
