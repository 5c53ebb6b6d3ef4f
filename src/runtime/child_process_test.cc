#include "runtime/child_process.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <utility>

#include "runtime/self_process.h"

namespace wws::runtime {
namespace {

ChildProcess child(const std::function<int()>& work) {
  const pid_t pid = fork();
  if (pid == 0) _exit(work());
  return std::move(*ChildProcess::adopt(pid));
}

int sleeps() {
  while (true) pause();
}

int status_of(ChildProcess& process) {
  pollfd end = {process.fd(), POLLIN, 0};
  EXPECT_EQ(poll(&end, 1, 60'000), 1);
  const auto exit = process.wait();
  return exit ? exit->status : -1;
}

TEST(ChildProcess, TellsHowItEndedOnce) {
  ChildProcess ends = child([] { return 3; });
  EXPECT_EQ(describe_exit(status_of(ends)), "exit status 3");
  EXPECT_FALSE(ends.wait());
  ChildProcess aborts = child([] { return raise(SIGKILL); });
  EXPECT_EQ(describe_exit(status_of(aborts)), "signal 9 (Killed)");
}

TEST(ChildProcess, IsNotWaitedForWhileItLives) {
  ChildProcess process = child(sleeps);
  EXPECT_FALSE(process.wait());
  process.signal(SIGTERM);
  EXPECT_EQ(WTERMSIG(status_of(process)), SIGTERM);
}

/// After a child had been waited for, its number, another process's by then, was signalled.
TEST(ChildProcess, SignalsNobodyElse) {
  ChildProcess process = child([] { return 0; });
  (void)status_of(process);
  process.signal(SIGKILL);
  ChildProcess none;
  none.signal(SIGKILL);
  EXPECT_FALSE(none.wait());
}

TEST(ChildProcess, EndsWithItsOwner) {
  pid_t pid = -1;
  {
    ChildProcess first = child(sleeps);
    pid = first.pid();
    ChildProcess second = std::move(first);
    first = ChildProcess();
    EXPECT_EQ(kill(pid, 0), 0);
  }
  EXPECT_EQ(kill(pid, 0), -1);
}

TEST(ChildProcess, WhoseEndAnotherTookHasNotSucceeded) {
  ChildProcess process = child([] { return 0; });
  EXPECT_EQ(waitpid(process.pid(), nullptr, 0), process.pid());
  EXPECT_NE(status_of(process), 0);
}

TEST(IgnoreStopSignals, LetsAGroupsSignalsPass) {
  ChildProcess process = child([] {
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, nullptr);
    raise(SIGTERM);  // before it could ignore it
    ignore_stop_signals();
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) raise(number);
    return 7;
  });
  EXPECT_EQ(describe_exit(status_of(process)), "exit status 7");
}

TEST(EndWithParent, TellsThatTheParentIsGone) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ChildProcess early = child([&] { return end_with_parent(ends[1]) ? 1 : 0; });
  EXPECT_EQ(describe_exit(status_of(early)), "exit status 1");
  close(ends[0]);
  ChildProcess late = child([&] { return end_with_parent(ends[1]) ? 1 : 0; });
  EXPECT_EQ(describe_exit(status_of(late)), "exit status 0");
  close(ends[1]);
}

}  // namespace
}  // namespace wws::runtime
