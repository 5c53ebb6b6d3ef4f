#include "runtime/self_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "base/file.h"

namespace wws::runtime {
namespace {

constexpr std::array<std::string_view, 5> kPassedVariables = {"TZ", "LANG", "LC_ALL", "ASAN_OPTIONS",
                                                              "UBSAN_OPTIONS"};

/// The last two are for the supervisor too, and come to all of them where a tool signals by name.
constexpr std::array kStopSignals = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2};

sigset_t stop_signals() noexcept {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : kStopSignals) sigaddset(&signals, number);
  return signals;
}

bool is_passed(std::string_view entry) {
  for (const std::string_view name : kPassedVariables) {
    if (entry.starts_with(name) && entry.substr(name.size()).starts_with('=')) return true;
  }
  return false;
}

std::vector<char*> child_environment() {
  std::vector<char*> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (is_passed(*entry)) result.push_back(*entry);
  }
  result.push_back(nullptr);
  return result;
}

/// `path`, or the program that PATH finds under that name.
Result<ChildProcess> spawn(const char* path, std::vector<char*> arguments, std::vector<char*> environment,
                           const sigset_t& blocked, const std::vector<PassedDescriptor>& descriptors) {
  int highest = STDERR_FILENO;
  for (const auto& [_, theirs] : descriptors) highest = std::max(highest, theirs);
  // One of ours may have a number that another gets in the child before its own turn comes.
  std::vector<base::File> copies;
  for (const auto& [ours, _] : descriptors) {
    copies.emplace_back(fcntl(ours, F_DUPFD_CLOEXEC, highest + 1));
    if (!copies.back()) return fail(ErrorCode::kIo, "cannot start a process: " + base::errno_text(errno));
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (std::size_t i = 0; i < copies.size(); ++i)
    posix_spawn_file_actions_adddup2(&actions, copies[i].fd(), descriptors[i].second);
  posix_spawn_file_actions_addclosefrom_np(&actions, highest + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &blocked);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, path, &actions, &attributes, arguments.data(), environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fail(ErrorCode::kIo, "cannot start a process: " + base::errno_text(error));
  return ChildProcess::adopt(pid);
}

}  // namespace

Result<ChildProcess> spawn_self(const std::vector<std::string>& arguments,
                                const std::vector<PassedDescriptor>& descriptors) {
  std::vector<char*> pointers = {const_cast<char*>("wws")};
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  // A signal to all of the group may come before the child can ignore it.
  return spawn("/proc/self/exe", pointers, child_environment(), stop_signals(), descriptors);
}

Result<ChildProcess> spawn_program(const Program& program, const std::vector<PassedDescriptor>& descriptors) {
  const auto pointers_to = [](const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
    pointers.push_back(nullptr);
    return pointers;
  };
  sigset_t none;
  sigemptyset(&none);
  return spawn(program.arguments.front().c_str(), pointers_to(program.arguments),
               pointers_to(program.environment), none, descriptors);
}

void ignore_stop_signals() noexcept {
  for (const int number : kStopSignals) std::signal(number, SIG_IGN);  // also those that waited
  const sigset_t signals = stop_signals();
  sigprocmask(SIG_UNBLOCK, &signals, nullptr);
}

bool end_with_parent(int to_parent) noexcept {
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  pollfd parent = {to_parent, 0, 0};
  return poll(&parent, 1, 0) == 0;  // else an error: nobody reads there any more
}

}  // namespace wws::runtime
