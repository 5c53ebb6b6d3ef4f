#include "base/output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>

namespace wws::base {
namespace {

constexpr std::size_t kMostToFile = std::size_t{64} << 10;

/// Puts an open file of our own, which does not block, in the place of `fd`. False: it stays as it was.
bool take_over(int fd) noexcept {
  const int flags = fcntl(fd, F_GETFL);
  if (flags >= 0 && (flags & O_NONBLOCK) != 0) return true;  // a parent of ours did, or it is wanted so
  std::array<char, 32> path{"/proc/self/fd/"};
  std::to_chars(path.data() + 14, path.data() + path.size() - 1, fd);
  const int own = open(path.data(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (own < 0) return false;
  const bool is_taken = dup2(own, fd) >= 0;
  close(own);
  return is_taken;
}

/// The whole lines at the beginning that fit into `most` bytes; the first line if it is longer.
std::string_view whole_lines(std::string_view lines, std::size_t most) noexcept {
  if (lines.size() <= most) return lines;
  std::size_t last = lines.substr(0, most).rfind('\n');
  if (last == std::string_view::npos) last = lines.find('\n');
  return lines.substr(0, last == std::string_view::npos ? last : last + 1);
}

}  // namespace

Output::Output(int fd) noexcept : fd_(fd), most_(PIPE_BUF) {
  struct stat status{};
  if (fstat(fd, &status) != 0) return;  // each write says what is wrong
  if (S_ISREG(status.st_mode)) {
    most_ = kMostToFile;
  } else if (S_ISSOCK(status.st_mode)) {
    way_ = Way::kSocket;
  } else if (!take_over(fd)) {
    way_ = Way::kAskFirst;
  }
}

Output::Written Output::write(std::string_view lines) const noexcept {
  std::string_view part = whole_lines(lines, most_);
  if (way_ == Way::kAskFirst) {
    // Room for so much is what the answer stands for; a longer line goes in parts.
    part = part.substr(0, most_);
    pollfd asked = {fd_, POLLOUT, 0};
    if (poll(&asked, 1, 0) == 0) return {0, EAGAIN};
  }
  ssize_t count = 0;
  do {
    count = way_ == Way::kSocket ? send(fd_, part.data(), part.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                 : ::write(fd_, part.data(), part.size());
  } while (count < 0 && errno == EINTR);
  if (count < 0) return {0, errno};
  return {static_cast<std::size_t>(count), 0};
}

}  // namespace wws::base
