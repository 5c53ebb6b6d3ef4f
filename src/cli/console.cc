#include "cli/console.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
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

/// Whether PIPE_BUF bytes can be written without waiting.
bool ServerOutput::has_room() {
  pollfd waiting{fd_, POLLOUT, 0};
  int ready = 0;
  do {
    ready = poll(&waiting, 1, is_read_ ? static_cast<int>(patience_.count()) : 0);
  } while (ready < 0 && errno == EINTR);
  is_read_ = ready > 0;
  return is_read_;
}

void ServerOutput::say(std::string_view line) {
  std::string text(line);
  text += '\n';
  std::string_view rest = text;
  while (!rest.empty() && has_room()) {
    const ssize_t count = write(fd_, rest.data(), std::min<std::size_t>(rest.size(), PIPE_BUF));
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace wws::cli
