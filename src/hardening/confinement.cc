#include "hardening/confinement.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "base/file.h"
#include "hardening/identity.h"

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

/// What the kernel has not is an error only where it is required.
bool is_left_out(Mode mode, const Result<void>& can) { return mode == Mode::kOn && !can; }

bool opens_files(const Confinement& confinement) {
  return std::ranges::any_of(confinement.calls, [](CallGroup group) {
    return group == CallGroup::kFiles || group == CallGroup::kNames || group == CallGroup::kMounts;
  });
}

/// Started at the right time, or at the end whatever happened.
class Threads {
 public:
  explicit Threads(const std::function<void()>& start) : start_(start) {}
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads() { start(); }
  void start() {
    if (start_ && !std::exchange(are_started_, true)) start_();
  }

 private:
  const std::function<void()>& start_;
  bool are_started_ = false;
};

}  // namespace

Result<Mode> take_policy(std::string_view argument) {
  auto policy = parse_policy(argument);
  if (!policy) return fail(policy);
  if (policy->identity) {
    if (auto changed = become(*policy->identity); !changed) return fail(changed);
  }
  return policy->mode;
}

Result<void> confine(Mode mode, const Confinement& confinement, const FolderPaths& paths,
                     const std::function<void()>& start_threads) {
  Threads threads(start_threads);
  if (mode == Mode::kOff) return {};
  if (auto given_up = give_up_privileges(); !given_up) return given_up;
  if (confinement.streams == StandardStreams::kLogOnly) {
    if (auto closed = close_standard_input_and_output(); !closed) return closed;
  }
  // The filter goes last: it does not let Landlock's calls pass. A layer that fails does not spare the other.
  Result<void> limited;
  if (opens_files(confinement) && !is_left_out(mode, can_limit_files()))
    limited = limit_files(confinement.folders, paths);
  threads.start();
  if (!is_left_out(mode, can_filter())) {
    if (auto filtered = filter_system_calls(confinement.calls); !filtered) return filtered;
  }
  return limited;
}

}  // namespace wws::hardening
