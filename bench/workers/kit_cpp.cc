// Hello with the C++ kit.
#include "wws.hpp"

WWS_HANDLER(request, response) {
  response.header("content-type", "text/plain");
  response.print("hello");
}
