#include "cli/first_process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

namespace wws::cli {
namespace {

/// As shells say it.
int exit_status(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

/// What stays behind, and whom it watches.
class FirstProcess {
 public:
  FirstProcess(pid_t server, const sigset_t& signals) : server_(server), signals_(signals) {}

  [[noreturn]] void run() {
    for (;;) {
      siginfo_t info{};
      const int number = sigwaitinfo(&signals_, &info);
      if (number == SIGCHLD) {
        reap();
      } else if (number == new_server_signal()) {
        take_name(info);
      } else if (number > 0) {
        kill(server_, number);
      }
    }
  }

 private:
  /// Waits for all that have ended; ends with the server. What the server said last comes after SIGCHLD.
  void reap() {
    sigset_t names;
    sigemptyset(&names);
    sigaddset(&names, new_server_signal());
    const timespec at_once{};
    for (siginfo_t info{}; sigtimedwait(&names, &info, &at_once) > 0;) take_name(info);
    int status = 0;
    for (pid_t ended = 0; (ended = waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended == server_) _exit(exit_status(status));
    }
  }

  void take_name(const siginfo_t& info) noexcept {
    if (info.si_code == SI_QUEUE && info.si_pid == server_) server_ = info.si_value.sival_int;
  }

  pid_t server_;
  const sigset_t signals_;
};

}  // namespace

int new_server_signal() { return SIGRTMIN; }

void leave_first_process() {
  if (getpid() != 1) return;
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t child = fork();
  if (child > 0) FirstProcess(child, all).run();
  if (child == 0) setenv(kFirstProcessVariable, "1", 1);
  sigprocmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace wws::cli
