#include "runtime/compile_child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "abi/host_functions.h"
#include "base/clock.h"
#include "runtime/self_process.h"
#include "runtime/worker.h"
#include "wasm/engine.h"

namespace wws::runtime {
namespace {

constexpr std::size_t kLongestMessage = 4096;
constexpr int kBadModuleStatus = 1;

struct Child {
  std::size_t job = 0;
  pid_t pid = -1;
  base::File errors;  ///< its standard error; its end is the child's end
  std::string message;
  base::Instant deadline;
};

Result<Child> start(std::size_t index, const CompileJob& job, const CompileLimits& limits) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail(ErrorCode::kIo, base::errno_text(errno));
  Child child;
  child.job = index;
  child.errors = base::File(ends[0]);
  const base::File write_end(ends[1]);
  auto pid = spawn_self(
      {kCompileCommand, std::to_string(limits.cpu_time.count()), std::to_string(limits.data_bytes)},
      {{job.wasm.fd(), 0}, {job.output.fd(), 1}, {write_end.fd(), 2}});
  if (!pid) return fail(pid);
  child.pid = *pid;
  child.deadline = base::SystemClock().now() + limits.time;
  return child;
}

std::string signal_cause(int signal_number) {
  switch (signal_number) {
    case SIGXCPU:
    case SIGKILL:
      return "compiling it took too much time";
    case SIGABRT:
    case SIGSEGV:
      return "compiling it took too much memory";
    default:
      return "the compiler died: " + describe_exit(signal_number);
  }
}

/// Waits for a child whose standard error has ended.
Result<void> outcome(const Child& child) {
  int status = 0;
  while (waitpid(child.pid, &status, 0) < 0) {
    if (errno != EINTR) return fail(ErrorCode::kIo, base::errno_text(errno));
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  if (WIFSIGNALED(status)) return fail(ErrorCode::kBadModule, signal_cause(WTERMSIG(status)));
  std::string message = child.message;
  while (!message.empty() && message.back() == '\n') message.pop_back();
  return fail(ErrorCode::kBadModule, message.empty() ? "the compiler failed without a word" : message);
}

/// Takes what the child wrote. True when it has closed its end.
bool read_errors(Child& child) {
  std::array<char, kLongestMessage> buffer{};
  const ssize_t count = read(child.errors.fd(), buffer.data(), buffer.size());
  if (count < 0) return errno != EINTR && errno != EAGAIN;
  if (child.message.size() < kLongestMessage)
    child.message.append(buffer.data(), static_cast<std::size_t>(count));
  return count == 0;
}

int milliseconds_until(const std::vector<Child>& children) {
  base::Instant next = base::Instant::max();
  for (const Child& child : children) next = std::min(next, child.deadline);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - base::SystemClock().now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

void wait_for_some(const std::vector<Child>& children, std::vector<pollfd>& events) {
  events.clear();
  for (const Child& child : children) events.push_back({child.errors.fd(), POLLIN, 0});
  poll(events.data(), events.size(), milliseconds_until(children));
}

bool apply_limits(std::string_view cpu, std::string_view data) {
  const auto set = [](auto resource, std::string_view text) {
    const rlim_t value = std::stoull(std::string(text));
    const rlimit limit = {value, value};
    return setrlimit(resource, &limit) == 0;
  };
  const rlimit no_core = {0, 0};
#ifdef __SANITIZE_ADDRESS__
  const bool memory_limited = !data.empty();  // the sanitizer's own maps are larger than any limit
#else
  const bool memory_limited = set(RLIMIT_DATA, data);
#endif
  return memory_limited && set(RLIMIT_CPU, cpu) && setrlimit(RLIMIT_CORE, &no_core) == 0;
}

int complain(std::string_view message) {
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, message.data(), message.size());
  return kBadModuleStatus;
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

void compile_all(std::vector<CompileJob> jobs, unsigned parallel, const CompileLimits& limits,
                 const std::function<void(std::size_t, Result<void>)>& done) {
  std::vector<Child> children;
  std::vector<pollfd> events;
  std::size_t next = 0;
  while (next < jobs.size() || !children.empty()) {
    while (next < jobs.size() && children.size() < std::max(parallel, 1U)) {
      auto child = start(next, jobs[next], limits);
      if (child) {
        children.push_back(std::move(*child));
      } else {
        done(next, fail(child));
      }
      ++next;
    }
    if (children.empty()) continue;
    wait_for_some(children, events);
    const base::Instant now = base::SystemClock().now();
    for (std::size_t i = children.size(); i-- > 0;) {
      if (children[i].deadline <= now) kill(children[i].pid, SIGKILL);
      if (events[i].revents == 0 || !read_errors(children[i])) continue;
      done(children[i].job, outcome(children[i]));
      children.erase(children.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

int compile_main(std::string_view cpu_seconds, std::string_view data_bytes) {
  if (!apply_limits(cpu_seconds, data_bytes)) return complain("cannot set the compile child's limits");
  auto wasm = base::read_file(base::File(dup(STDIN_FILENO)), "module");
  if (!wasm) return complain(wasm.error().message);
  auto engine = wasm::Engine::create(wasm::compiling_settings(), abi::host_functions());
  if (!engine) return complain(engine.error().message);
  auto code = engine->compile(*wasm);
  if (!code) return complain(code.error().message);
  if (!write_all(STDOUT_FILENO, *code))
    return complain("cannot write the compiled module: " + base::errno_text(errno));
  // Linked here once, so that a missing import is reported at start and not by the first request.
  LazyModule module{base::File(dup(STDOUT_FILENO))};
  if (const auto& linked = module.get(*engine); !linked) return complain(linked.error().message);
  return 0;
}

}  // namespace wws::runtime
