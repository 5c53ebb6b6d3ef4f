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
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "abi/host_functions.h"
#include "abi/imports.h"
#include "base/clock.h"
#include "runtime/child_command.h"
#include "runtime/child_report.h"
#include "runtime/role.h"
#include "runtime/self_process.h"
#include "runtime/snapshot.h"
#include "runtime/source.h"
#include "runtime/worker.h"
#include "wasm/engine.h"
#include "wasm/module_outline.h"

namespace wws::runtime {
namespace {

constexpr std::size_t kLongestMessage = 4096;
/// Between the clock of the CPU time limit and the one by which used time is told.
constexpr std::chrono::milliseconds kClockSlack{200};
constexpr const char* kWithUserFiles = "user-files";
constexpr int kUserFilesDescriptor = 3;
constexpr const char* kOfJavaScript = "javascript";
constexpr std::size_t kCompileArguments = 7;
/// Serving goes first: requests are answered while modules are compiled. A script takes milliseconds, and
/// somebody waits for it.
constexpr int kNice = 10;

/// Steps as the child's command line names them.
constexpr std::array<std::pair<CompileStep, std::string_view>, 4> kSteps = {{
    {CompileStep::kCode, "code"},
    {CompileStep::kBeginning, "beginning"},
    {CompileStep::kSnapshot, "snapshot"},
    {CompileStep::kSnapshotUnlessEnvironmentIsRead, "snapshot-unless-environment-is-read"},
}};

std::string_view name(CompileStep step) {
  return std::ranges::find(kSteps, step, &std::pair<CompileStep, std::string_view>::first)->second;
}

std::optional<CompileStep> parse_step(std::string_view text) {
  const auto* found = std::ranges::find(kSteps, text, &std::pair<CompileStep, std::string_view>::second);
  return found == kSteps.end() ? std::nullopt : std::optional(found->first);
}

/// A running child and the index of its module.
struct Running {
  std::size_t index;
  CompileChild child;
  bool is_silent = false;  ///< it closed its standard error
};

int milliseconds_until_deadline(const std::vector<Running>& children) {
  base::Instant next = base::Instant::max();
  for (const Running& running : children) next = std::min(next, running.child.deadline());
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - base::SystemClock().now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

/// Returns two events for each child: it said something, and it ended.
void wait_for_some(const std::vector<Running>& children, std::vector<pollfd>& events) {
  events.clear();
  for (const Running& running : children) {
    // poll() leaves out negative numbers.
    events.push_back({running.is_silent ? -1 : running.child.errors_fd(), POLLIN, 0});
    events.push_back({running.child.end_fd(), POLLIN, 0});
  }
  poll(events.data(), events.size(), milliseconds_until_deadline(children));
}

/// To be called before the child reads the module.
Result<void> confine(std::string_view argument) {
  auto mode = hardening::take_policy(argument);
  if (!mode) return fail(mode);
  if (!end_with_parent(STDERR_FILENO)) return fail(ErrorCode::kIo, "nobody waits for this any more");
  auto confined = hardening::confine(*mode, roles::kCompile.confinement);
  if (!confined && *mode == hardening::Mode::kRequired) return confined;
  return {};
}

/// From the descriptors that it was given.
Result<SourceBytes> read_input(std::string_view engine, std::string_view with_user_files) {
  SourceBytes source;
  if (engine == kOfJavaScript) {
    source.engine = SourceEngine::kJavaScript;
    source.engine_module = EngineModule::javascript();
  } else {
    auto wasm = base::read_file(base::File(dup(STDIN_FILENO)), "module");
    if (!wasm) return fail(wasm);
    source.engine_module = std::make_shared<const EngineModule>(std::move(*wasm));
  }
  if (with_user_files != kWithUserFiles) return source;
  auto user_files = base::read_file(base::File(kUserFilesDescriptor), "the archive of the user's files");
  if (!user_files) return fail(user_files);
  source.user_files = std::move(*user_files);
  return source;
}

/// Returns the exit status.
int compile(const wasm::Engine& engine, const EngineModule& module) {
  const auto& outline = module.outline();
  if (!outline) return complain(outline.error());
  if (const auto known = abi::check_imports(*outline); !known) return complain(known.error());
  std::string smaller;
  const auto code = engine.compile(wasm::without_large_debug_information(module.bytes(), *outline, smaller));
  if (!code) return complain(code.error());
  if (const auto written = base::write_all(STDOUT_FILENO, *code); !written)
    return complain("cannot write what was made of the module: " + written.error().message, kNoMeansStatus);
  // Linked here once, so that a missing import is reported at start and not by the first request.
  LazyModule linked{base::File(dup(STDOUT_FILENO))};
  if (const auto& result = linked.get(engine); !result) return complain(result.error());
  return 0;
}

/// Of the descriptors for a snapshot, or for where snapshots begin. Returns the exit status.
int initialise(const wasm::Engine& engine, const SourceBytes& source, CompileStep step) {
  base::File beginning;
  if (source.engine != SourceEngine::kFile && step != CompileStep::kBeginning)
    beginning = base::File(kBeginningDescriptor);
  const auto initialisation =
      Initialisation::create(engine, source, {base::File(kCodeDescriptor), std::move(beginning)}, step);
  if (!initialisation) return complain(initialisation.error());
  const auto run = initialisation->run(source.user_files, base::File(dup(STDOUT_FILENO)));
  return run ? 0 : complain(run.error());
}

}  // namespace

Result<CompileChild> CompileChild::start(const CompileJob& job, const CompileLimits& limits) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail(ErrorCode::kIo, base::errno_text(errno));
  base::File errors(ends[0]);
  const base::File write_end(ends[1]);
  const bool is_code = job.step == CompileStep::kCode;
  std::vector<PassedDescriptor> descriptors = {{job.output.fd(), 1}, {write_end.fd(), 2}};
  if (job.wasm) descriptors.emplace_back(job.wasm.fd(), 0);
  if (job.user_files) descriptors.emplace_back(job.user_files.fd(), kUserFilesDescriptor);
  if (job.code) descriptors.emplace_back(job.code.fd(), kCodeDescriptor);
  if (job.beginning) descriptors.emplace_back(job.beginning.fd(), kBeginningDescriptor);
  auto process = spawn_self(
      {roles::kCompile.command, std::string(name(job.step)),
       std::to_string((is_code ? limits.cpu_time : limits.snapshot_cpu_time).count()),
       std::to_string(limits.data_bytes), job.lines == wasm::SourceLines::kShown ? kWithLines : "plain",
       hardening::to_argument(limits.policy), job.user_files ? kWithUserFiles : "alone",
       job.engine == SourceEngine::kJavaScript ? kOfJavaScript : "file"},
      descriptors);
  if (!process) return fail(process);
  const auto time = is_code ? limits.time : limits.snapshot_time;
  return CompileChild(std::move(*process), job.step, std::move(errors), base::SystemClock().now() + time,
                      is_code ? limits.cpu_time : limits.snapshot_cpu_time);
}

CompileChild::CompileChild(ChildProcess process, CompileStep step, base::File errors, base::Instant deadline,
                           base::Duration cpu_limit) noexcept
    : process_(std::move(process)),
      step_(step),
      errors_(std::move(errors)),
      deadline_(deadline),
      cpu_limit_(cpu_limit) {
  fcntl(errors_.fd(), F_SETFL, O_NONBLOCK);  // the child's end has flags of its own
}

void CompileChild::end_late() noexcept {
  is_late_ = true;
  deadline_ = base::Instant::max();
  process_.signal(SIGKILL);
}

CompileChild::Errors CompileChild::read() {
  std::array<char, kLongestMessage> buffer{};
  const ssize_t count = ::read(errors_.fd(), buffer.data(), buffer.size());
  if (count < 0) return errno == EINTR || errno == EAGAIN ? Errors::kOpen : Errors::kClosed;
  if (count == 0) return Errors::kClosed;
  if (message_.size() < kLongestMessage) message_.append(buffer.data(), static_cast<std::size_t>(count));
  return Errors::kOpen;
}

std::optional<Result<std::string>> CompileChild::outcome() {
  const auto exit = process_.wait();
  if (!exit) return std::nullopt;
  // Its last words: a pipe holds no more pieces.
  for (int piece = 0; piece < 16 && read() == Errors::kOpen; ++piece) {
  }
  while (!message_.empty() && message_.back() == '\n') message_.pop_back();
  if (WIFEXITED(exit->status) && WEXITSTATUS(exit->status) == 0) return std::move(message_);
  if (WIFSIGNALED(exit->status)) {
    if (!message_.empty()) message_ += '\n';
    message_ += signal_cause(WTERMSIG(exit->status), exit->cpu_time);
  }
  const bool lacked_means = WIFEXITED(exit->status) && WEXITSTATUS(exit->status) == kNoMeansStatus;
  return fail(lacked_means ? ErrorCode::kIo : ErrorCode::kBadModule,
              message_.empty() ? "the child failed without a word" : message_);
}

std::string CompileChild::signal_cause(int signal_number, base::Duration cpu_time) const {
  const std::string work = step_ == CompileStep::kCode ? "compiling it" : "its initialisation";
  switch (signal_number) {
    case SIGXCPU:
      return work + " took too much time";
    case SIGKILL:
      if (is_late_ || cpu_time + kClockSlack >= cpu_limit_) return work + " took too much time";
      return work + " was killed from outside: by the kernel, when memory ran out, or by hand";
    case SIGABRT:
    case SIGSEGV:
      return work + " took too much memory";
    default:
      return "the child died: " + describe_exit(signal_number);
  }
}

void compile_all(std::size_t count, unsigned parallel, const CompileLimits& limits,
                 const std::function<Result<std::optional<CompileJob>>(std::size_t)>& prepare,
                 const std::function<void(std::size_t, Result<std::string>)>& done) {
  std::vector<Running> children;
  std::vector<pollfd> events;
  std::size_t next = 0;
  while (next < count || !children.empty()) {
    while (next < count && children.size() < std::max(parallel, 1U)) {
      const std::size_t index = next++;
      const auto job = prepare(index);
      if (!job || !*job) continue;
      auto child = CompileChild::start(**job, limits);
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
      if (running.child.deadline() <= now) running.child.end_late();
      if (events[2 * i].revents != 0)
        running.is_silent = running.child.read() == CompileChild::Errors::kClosed;
      if (events[2 * i + 1].revents == 0) continue;
      auto outcome = running.child.outcome();
      if (!outcome) continue;
      done(running.index, std::move(*outcome));
      children.erase(children.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

int compile_main(std::span<const std::string> arguments) {
  ignore_stop_signals();
  if (arguments.size() != kCompileArguments) return complain("wrong arguments for a compile child");
  const auto step = parse_step(arguments[0]);
  if (!step) return complain("a compile child does not know the step " + arguments[0]);
  if (!limit_cpu(std::stoull(arguments[1])) || !limit_memory(std::stoull(arguments[2])))
    return complain("cannot set the compile child's limits", kNoMeansStatus);
  const bool is_script = *step != CompileStep::kCode && arguments[6] == kOfJavaScript;
  if (!is_script) setpriority(PRIO_PROCESS, 0, kNice);
  if (const auto confined = confine(arguments[4]); !confined) return complain(confined.error());
  auto source = read_input(arguments[6], arguments[5]);
  if (!source) return complain(source.error());
  const auto lines = arguments[3] == kWithLines ? wasm::SourceLines::kShown : wasm::SourceLines::kNone;
  auto engine = wasm::Engine::create(wasm::compiling_settings(lines), abi::host_functions());
  if (!engine) return complain(engine.error().message, kNoMeansStatus);
  return *step == CompileStep::kCode ? compile(*engine, *source->engine_module)
                                     : initialise(*engine, *source, *step);
}

}  // namespace wws::runtime
