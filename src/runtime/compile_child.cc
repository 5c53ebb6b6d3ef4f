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
#include <vector>

#include "abi/host_functions.h"
#include "base/clock.h"
#include "hardening/confinement.h"
#include "runtime/self_process.h"
#include "runtime/worker.h"
#include "wasm/engine.h"
#include "wasm/module_outline.h"

namespace wws::runtime {
namespace {

constexpr std::size_t kLongestMessage = 4096;
constexpr int kBadModuleStatus = 1;
constexpr const char* kWithLines = "lines";
/// Serving goes first: requests are answered while modules are compiled.
constexpr int kNice = 10;

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

/// A running child and the index of its module.
struct Running {
  std::size_t index;
  CompileChild child;
};

int milliseconds_until_deadline(const std::vector<Running>& children) {
  base::Instant next = base::Instant::max();
  for (const Running& running : children) next = std::min(next, running.child.deadline());
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - base::SystemClock().now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

void wait_for_some(const std::vector<Running>& children, std::vector<pollfd>& events) {
  events.clear();
  for (const Running& running : children) events.push_back({running.child.fd(), POLLIN, 0});
  poll(events.data(), events.size(), milliseconds_until_deadline(children));
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

/// To be called before the child reads the module.
Result<void> confine(std::string_view argument) {
  auto mode = hardening::take_policy(argument);
  if (!mode) return fail(mode);
  auto confined = hardening::confine_compile_child(*mode);
  if (!confined && *mode == hardening::Mode::kRequired) return confined;
  return {};
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

Result<CompileChild> CompileChild::start(const CompileJob& job, const CompileLimits& limits) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail(ErrorCode::kIo, base::errno_text(errno));
  base::File errors(ends[0]);
  const base::File write_end(ends[1]);
  auto pid = spawn_self(
      {kCompileCommand, std::to_string(limits.cpu_time.count()), std::to_string(limits.data_bytes),
       job.lines == wasm::SourceLines::kShown ? kWithLines : "plain", hardening::to_argument(limits.policy)},
      {{job.wasm.fd(), 0}, {job.output.fd(), 1}, {write_end.fd(), 2}});
  if (!pid) return fail(pid);
  return CompileChild(*pid, std::move(errors), base::SystemClock().now() + limits.time);
}

CompileChild::CompileChild(CompileChild&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      errors_(std::move(other.errors_)),
      deadline_(other.deadline_),
      message_(std::move(other.message_)) {}

CompileChild& CompileChild::operator=(CompileChild&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(errors_, other.errors_);
  std::swap(deadline_, other.deadline_);
  std::swap(message_, other.message_);
  return *this;
}

CompileChild::~CompileChild() {
  if (pid_ < 0) return;
  kill();
  int status = 0;
  waitpid(pid_, &status, 0);
}

void CompileChild::kill() const noexcept { ::kill(pid_, SIGKILL); }

bool CompileChild::read() {
  std::array<char, kLongestMessage> buffer{};
  const ssize_t count = ::read(errors_.fd(), buffer.data(), buffer.size());
  if (count < 0) return errno != EINTR && errno != EAGAIN;
  if (message_.size() < kLongestMessage) message_.append(buffer.data(), static_cast<std::size_t>(count));
  return count == 0;
}

Result<void> CompileChild::outcome() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0) {
    if (errno != EINTR) return fail(ErrorCode::kIo, base::errno_text(errno));
  }
  pid_ = -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  if (WIFSIGNALED(status)) return fail(ErrorCode::kBadModule, signal_cause(WTERMSIG(status)));
  while (!message_.empty() && message_.back() == '\n') message_.pop_back();
  return fail(ErrorCode::kBadModule, message_.empty() ? "the compiler failed without a word" : message_);
}

void compile_all(std::size_t count, unsigned parallel, const CompileLimits& limits,
                 const std::function<Result<CompileJob>(std::size_t)>& prepare,
                 const std::function<void(std::size_t, Result<void>)>& done) {
  std::vector<Running> children;
  std::vector<pollfd> events;
  std::size_t next = 0;
  while (next < count || !children.empty()) {
    while (next < count && children.size() < std::max(parallel, 1U)) {
      const std::size_t index = next++;
      const auto job = prepare(index);
      if (!job) continue;
      auto child = CompileChild::start(*job, limits);
      if (child) {
        children.push_back({index, std::move(*child)});
      } else {
        done(index, fail(child));
      }
    }
    if (children.empty()) continue;
    wait_for_some(children, events);
    const base::Instant now = base::SystemClock().now();
    for (std::size_t i = children.size(); i-- > 0;) {
      Running& running = children[i];
      if (running.child.deadline() <= now) running.child.kill();
      if (events[i].revents == 0 || !running.child.read()) continue;
      done(running.index, running.child.outcome());
      children.erase(children.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

int compile_main(std::string_view cpu_seconds, std::string_view data_bytes, std::string_view source_lines,
                 std::string_view policy) {
  if (!apply_limits(cpu_seconds, data_bytes)) return complain("cannot set the compile child's limits");
  setpriority(PRIO_PROCESS, 0, kNice);
  if (const auto confined = confine(policy); !confined) return complain(confined.error().message);
  auto wasm = base::read_file(base::File(dup(STDIN_FILENO)), "module");
  if (!wasm) return complain(wasm.error().message);
  auto engine =
      wasm::Engine::create(wasm::compiling_settings(source_lines == kWithLines ? wasm::SourceLines::kShown
                                                                               : wasm::SourceLines::kNone),
                           abi::host_functions());
  if (!engine) return complain(engine.error().message);
  const auto outline = wasm::read_outline(*wasm);
  if (!outline) return complain(outline.error().message);
  std::string smaller;
  auto code = engine->compile(wasm::without_large_debug_information(*wasm, *outline, smaller));
  if (!code) return complain(code.error().message);
  if (!write_all(STDOUT_FILENO, *code))
    return complain("cannot write the compiled module: " + base::errno_text(errno));
  // Linked here once, so that a missing import is reported at start and not by the first request.
  LazyModule module{base::File(dup(STDOUT_FILENO))};
  if (const auto& linked = module.get(*engine); !linked) return complain(linked.error().message);
  return 0;
}

}  // namespace wws::runtime
