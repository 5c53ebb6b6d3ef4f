#include "runtime/self_process.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "base/file.h"

namespace wws::runtime {
namespace {

constexpr std::array<std::string_view, 5> kPassedVariables = {"TZ", "LANG", "LC_ALL", "ASAN_OPTIONS",
                                                              "UBSAN_OPTIONS"};

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

}  // namespace

Result<pid_t> spawn_self(const std::vector<std::string>& arguments,
                         const std::vector<PassedDescriptor>& descriptors) {
  std::vector<char*> pointers = {const_cast<char*>("wws")};
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  std::vector<char*> environment = child_environment();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  int highest = STDERR_FILENO;
  for (const auto& [ours, theirs] : descriptors) {
    posix_spawn_file_actions_adddup2(&actions, ours, theirs);
    highest = std::max(highest, theirs);
  }
  posix_spawn_file_actions_addclosefrom_np(&actions, highest + 1);
  pid_t pid = -1;
  const int error =
      posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, pointers.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fail(ErrorCode::kIo, "cannot start a process: " + base::errno_text(error));
  return pid;
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
