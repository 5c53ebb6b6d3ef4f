// A process that we started.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"

namespace wws::runtime {

/// How a process ended.
struct Exit {
  int status = 0;  ///< as waitpid has it
  base::Duration cpu_time{};
};

/// One child of ours, held by its pidfd (Linux 5.4). What is signalled and waited for is this process and
/// nobody else: a number may be another's as soon as the child was waited for, a pidfd never is. Nothing
/// blocks, except that destroying the child kills it and waits a moment for its end.
class ChildProcess {
 public:
  ChildProcess() noexcept = default;  ///< none
  ChildProcess(ChildProcess&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)),
        pidfd_(std::move(other.pidfd_)),
        has_ended_(std::exchange(other.has_ended_, true)) {}
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess();

  /// Takes charge of a child that nobody else waits for. kIo: the kernel has no pidfd for us; the child is
  /// killed then.
  [[nodiscard]] static Result<ChildProcess> adopt(pid_t pid);
  /// The same of one that another process made for us and that `pidfd` holds. kIo: it is no child of ours.
  [[nodiscard]] static Result<ChildProcess> adopt(base::File pidfd);

  /// Readable once it has ended.
  [[nodiscard]] int fd() const noexcept { return pidfd_.fd(); }
  /// For the log; -1 where only a pidfd is known.
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Nothing happens to a process that has ended.
  void signal(int number) const noexcept;
  /// It is not ours to end any more, and goes on when this does.
  void let_go() noexcept { has_ended_ = true; }
  /// How it ended; std::nullopt while it lives. Call no more once it has told.
  [[nodiscard]] std::optional<Exit> wait() noexcept;

 private:
  ChildProcess(pid_t pid, base::File pidfd) noexcept
      : pid_(pid), pidfd_(std::move(pidfd)), has_ended_(false) {}
  void end() noexcept;

  pid_t pid_ = -1;
  base::File pidfd_;
  bool has_ended_ = true;  ///< and was waited for
};

/// "exit status 3" or "signal 9 (Killed)", for a status of waitpid.
[[nodiscard]] std::string describe_exit(int status);

}  // namespace wws::runtime
