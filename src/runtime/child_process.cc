#include "runtime/child_process.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

namespace wws::runtime {
namespace {

/// For a process that was killed to be gone. One that hangs in the kernel is left to it.
constexpr int kLastWait = 1000;  // milliseconds
/// Of a child whose end somebody else took: it did not succeed, as far as we know.
constexpr int kUnknownStatus = 255 << 8;

int to_status(const siginfo_t& info) noexcept {
  if (info.si_code == CLD_EXITED) return (info.si_status & 0xFF) << 8;
  return info.si_code == CLD_DUMPED ? info.si_status | 0x80 : info.si_status;
}

base::Duration to_duration(const timeval& time) noexcept {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

Result<ChildProcess> ChildProcess::adopt(pid_t pid) {
  base::File pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));  // close-on-exec by itself
  if (pidfd) return ChildProcess(pid, std::move(pidfd));
  const int error = errno;
  // Not waited for yet: the number is still this child's.
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  return fail(
      ErrorCode::kIo,
      "cannot hold a child process by a pidfd, which takes Linux 5.4 and a container profile that lets "
      "it: " +
          base::errno_text(error));
}

Result<ChildProcess> ChildProcess::adopt(base::File pidfd) {
  siginfo_t info{};
  const long waited = syscall(SYS_waitid, P_PIDFD, pidfd.fd(), &info, WEXITED | WNOHANG | WNOWAIT, nullptr);
  if (waited < 0) return fail(ErrorCode::kIo, "no child of ours: " + base::errno_text(errno));
  return ChildProcess(-1, std::move(pidfd));
}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this == &other) return *this;
  end();
  pid_ = std::exchange(other.pid_, -1);
  pidfd_ = std::move(other.pidfd_);
  has_ended_ = std::exchange(other.has_ended_, true);
  return *this;
}

ChildProcess::~ChildProcess() { end(); }

void ChildProcess::end() noexcept {
  if (has_ended_) return;
  signal(SIGKILL);
  pollfd ended = {pidfd_.fd(), POLLIN, 0};
  while (poll(&ended, 1, kLastWait) < 0 && errno == EINTR) {
  }
  [[maybe_unused]] const auto status = wait();
}

void ChildProcess::signal(int number) const noexcept {
  if (!has_ended_) syscall(SYS_pidfd_send_signal, pidfd_.fd(), number, nullptr, 0);
}

std::optional<Exit> ChildProcess::wait() noexcept {
  if (has_ended_) return std::nullopt;
  siginfo_t info{};
  rusage used{};
  // The C library's waitid() does not have the last argument.
  const long waited = syscall(SYS_waitid, P_PIDFD, pidfd_.fd(), &info, WEXITED | WNOHANG, &used);
  if (waited < 0 && errno == EINTR) return std::nullopt;
  if (waited == 0 && info.si_pid == 0) return std::nullopt;
  has_ended_ = true;
  if (waited < 0) return Exit{kUnknownStatus, {}};
  return Exit{to_status(info), to_duration(used.ru_utime) + to_duration(used.ru_stime)};
}

std::string describe_exit(int status) {
  if (WIFEXITED(status)) return fmt::format("exit status {}", WEXITSTATUS(status));
  if (WIFSIGNALED(status)) {
    const char* name = sigdescr_np(WTERMSIG(status));
    return fmt::format("signal {} ({})", WTERMSIG(status), name == nullptr ? "unknown" : name);
  }
  return fmt::format("status {}", status);
}

}  // namespace wws::runtime
