#include "cli/first_process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace wws::cli {
namespace {

/// As shells say it.
int exit_status(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

/// Waits for all that have ended; ends with the child.
void reap(pid_t child) {
  int status = 0;
  for (pid_t ended = 0; (ended = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (ended == child) _exit(exit_status(status));
  }
}

[[noreturn]] void be_first(pid_t child, const sigset_t& signals) {
  for (;;) {
    const int number = sigwaitinfo(&signals, nullptr);
    if (number == SIGCHLD) {
      reap(child);
    } else if (number > 0) {
      kill(child, number);
    }
  }
}

}  // namespace

void leave_first_process() {
  if (getpid() != 1) return;
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t child = fork();
  if (child > 0) be_first(child, all);
  sigprocmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace wws::cli
