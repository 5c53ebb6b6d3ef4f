#include "cli/console.h"

#include "base/standard_streams.h"

namespace wws::cli {
namespace {

void write_line(base::LineSink& sink, std::string_view line) {
  sink.put(line);
  sink.flush();
}

}  // namespace

void say(std::string_view line) { write_line(base::standard_output(), line); }
void complain(std::string_view line) { write_line(base::standard_error(), line); }

}  // namespace wws::cli
