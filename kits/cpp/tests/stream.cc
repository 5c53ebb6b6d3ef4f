// Of kits/cpp/README.md, which scripts/fill takes from here. It only has to compile.
#include <chrono>

#include "wws.hpp"

// [stream
WWS_HANDLER(request, response) {
  response.header("content-type", "text/event-stream");
  for (int i = 1; response.print("data: ", i, "\n\n"); ++i) wws::sleep_for(std::chrono::seconds(1));
}
// stream]
