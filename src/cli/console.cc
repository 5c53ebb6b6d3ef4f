#include "cli/console.h"

#include <unistd.h>

#include <cerrno>
#include <string>

namespace wws::cli {
namespace {

void write_line(int fd, std::string_view line) {
  std::string text(line);
  text += '\n';
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t count = write(fd, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace

void say(std::string_view line) { write_line(STDOUT_FILENO, line); }
void complain(std::string_view line) { write_line(STDERR_FILENO, line); }

}  // namespace wws::cli
