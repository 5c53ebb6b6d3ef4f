#include "cli/restart.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string>
#include <string_view>

#include "cli/first_process.h"
#include "supervisor/environment.h"
#include "supervisor/successor.h"

namespace wws::cli {
namespace {

/// Whom they name, or what they count, is not the successor.
constexpr std::array<std::string_view, 7> kOfThisProcess = {"LISTEN_PID",
                                                            "LISTEN_FDS",
                                                            "LISTEN_FDNAMES",
                                                            "LISTEN_PIDFDID",
                                                            "WATCHDOG_PID",
                                                            supervisor::Successor::kVariable,
                                                            supervisor::Successor::kAdminVariable};

bool is_of_this_process(std::string_view entry) {
  return std::ranges::find(kOfThisProcess, entry.substr(0, entry.find('='))) != kOfThisProcess.end();
}

}  // namespace

runtime::Program this_command_again() {
  runtime::Program program;
  std::ifstream command("/proc/self/cmdline", std::ios::binary);
  for (std::string argument; std::getline(command, argument, '\0');) program.arguments.push_back(argument);
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!is_of_this_process(*entry)) program.environment.emplace_back(*entry);
  }
  return program;
}

std::function<void(pid_t)> first_process_told() {
  if (supervisor::take_variable(kFirstProcessVariable).empty()) return {};
  return [](pid_t server) {
    sigval value{};
    value.sival_int = server;
    sigqueue(getppid(), new_server_signal(), value);
  };
}

}  // namespace wws::cli
