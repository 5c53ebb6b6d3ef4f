// Writing to a descriptor that others share, without ever waiting.
#pragma once

#include <cstddef>
#include <string_view>

namespace wws::base {

/// Standard output or error of a server, wherever they lead: a pipe that nobody reads, a stopped terminal or
/// a full disk holds nobody up.
///
/// Such a descriptor is shared with whoever started the server, and O_NONBLOCK belongs to the open file, not
/// to the descriptor: to set it would change the shell's terminal. So each kind has its own way:
///
/// | what it is | how |
/// |---|---|
/// | pipe, terminal, device | opened anew through /proc/self/fd, non-blocking; takes the old one's number, so
/// that whatever else writes there does not wait either | | the same of another user, which cannot be opened
/// | asked with poll() before each write of at most PIPE_BUF bytes | | socket | MSG_DONTWAIT | | regular file
/// | plainly: it does not wait for anyone, and a full disk is an error |
///
/// To be made before the process is confined. One thread. Does not own the descriptor.
class Output {
 public:
  explicit Output(int fd) noexcept;

  struct Written {
    std::size_t count = 0;
    int error = 0;  ///< why nothing was written: EAGAIN when it would wait, or what the system says
  };
  /// Writes the beginning of `lines` in one call: as many whole lines as the kernel keeps together where
  /// several processes write (PIPE_BUF bytes; a longer line alone). May write less.
  [[nodiscard]] Written write(std::string_view lines) const noexcept;

 private:
  enum class Way { kPlain, kSocket, kAskFirst };

  int fd_;
  Way way_ = Way::kPlain;
  std::size_t most_;  ///< bytes of several lines in one call
};

}  // namespace wws::base
