#include "hardening/confinement.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/file.h"
#include "base/log.h"
#include "hardening/identity.h"
#include "hardening/landlock.h"
#include "hardening/system_call_filter.h"

namespace wws::hardening {
namespace {

std::unexpected<Error> failed(const std::string& what) {
  return fail(ErrorCode::kIo, what + ": " + base::errno_text(errno));
}

Result<void> give_up_privileges() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("no-new-privs");
#ifndef __SANITIZE_ADDRESS__
  // No core files with secrets in them, no debugger of another process of this user. LeakSanitizer is such
  // a debugger.
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return failed("PR_SET_DUMPABLE");
#endif
  return {};
}

/// They may be a terminal; a serving process only writes its log, to standard error.
Result<void> close_standard_input_and_output() {
  const base::File nothing(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!nothing || dup2(nothing.fd(), STDIN_FILENO) < 0 || dup2(nothing.fd(), STDOUT_FILENO) < 0) {
    return failed("/dev/null");
  }
  return {};
}

Result<void> filter_if_possible(Mode mode, Role role) {
  if (mode == Mode::kOn && !can_filter()) return {};
  return filter_system_calls(role);
}

}  // namespace

Result<Mode> take_policy(std::string_view argument) {
  auto policy = parse_policy(argument);
  if (!policy) return fail(policy);
  if (policy->identity) {
    if (auto changed = become(*policy->identity); !changed) return fail(changed);
  }
  return policy->mode;
}

Result<void> confine_serving_process(Mode mode, const std::filesystem::path& project) {
  if (mode == Mode::kOff) return {};
  if (auto given_up = give_up_privileges(); !given_up) return given_up;
  if (auto closed = close_standard_input_and_output(); !closed) return closed;
  if (const auto limited = allow_reading_beneath(project); !limited) {
    log::debug("the filter alone limits file access: {}", limited.error().message);
  }
  return filter_if_possible(mode, Role::kServing);
}

Result<void> confine_compile_child(Mode mode) {
  if (mode == Mode::kOff) return {};
  if (auto given_up = give_up_privileges(); !given_up) return given_up;
  return filter_if_possible(mode, Role::kCompiling);
}

}  // namespace wws::hardening
