#include "runtime/engine_child.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include "abi/host_functions.h"
#include "base/clock.h"
#include "base/descriptors.h"
#include "hardening/confinement.h"
#include "runtime/child_command.h"
#include "runtime/child_report.h"
#include "runtime/role.h"
#include "runtime/self_process.h"
#include "runtime/snapshot.h"
#include "runtime/source.h"

namespace wws::runtime {
namespace {

constexpr int kOrdersDescriptor = 3;
constexpr std::size_t kEngineArguments = 4;

/// What comes to a ready child, in this order.
enum JobFile : std::uint8_t { kUserFiles, kOutput, kErrors, kJobFiles };

/// What an engine child was told on its command line, and what it has made of that.
struct Template {
  std::uint64_t cpu_seconds;
  hardening::Mode mode;
  Initialisation initialisation;
};

std::unexpected<Error> failed(std::string_view what) {
  return fail(ErrorCode::kIo, std::string(what) + ": " + base::errno_text(errno));
}

/// fork(), but for one thing: the new process is a child of the supervisor, as this one is, and `pidfd` is
/// its. 0 in the child. There is one thread, and nothing that the C library keeps of its own process matters
/// here.
pid_t fork_sibling(base::File& pidfd) {
  int fd = -1;
  const auto pid =
      static_cast<pid_t>(syscall(SYS_clone, CLONE_PARENT | CLONE_PIDFD | SIGCHLD, nullptr, &fd, nullptr, 0));
  if (pid > 0) pidfd = base::File(fd);
  return pid;
}

/// Puts what came with the job where its output and its words go.
bool take_places(const std::vector<base::File>& files) {
  return files.size() == kJobFiles && dup2(files[kOutput].fd(), STDOUT_FILENO) >= 0 &&
         dup2(files[kErrors].fd(), STDERR_FILENO) >= 0;
}

/// The life of a child that waits on `jobs`: one script. Returns the exit status. A supervisor that is gone
/// is the end of `jobs`, and afterwards of the reader of our words: one that lives closes `jobs` as soon as
/// it has given the script.
int evaluate_one(const Template& engine, base::File jobs) {
  auto files = base::receive_descriptors(jobs, base::Waits::kYes);
  if (!files || !*files || !take_places(**files) || !end_with_parent(STDERR_FILENO)) return kNoMeansStatus;
  const base::File user_files = std::move((**files)[kUserFiles]);
  (*files)->clear();
  jobs.close();
  if (!limit_cpu(engine.cpu_seconds))
    return complain("cannot set the compile child's limits", kNoMeansStatus);
  const auto confined = hardening::confine(engine.mode, roles::kCompile.confinement);
  if (!confined && engine.mode == hardening::Mode::kRequired) return complain(confined.error());
  const auto script = base::read_file(user_files, "the archive of the user's files");
  if (!script) return complain(script.error());
  if (const auto run = engine.initialisation.run(*script, base::File(STDOUT_FILENO)); !run)
    return complain(run.error());
  return 0;
}

Result<Template> make_template(std::span<const std::string> arguments) {
  if (!limit_memory(std::stoull(arguments[1]))) return failed("cannot set the engine child's limits");
  auto mode = hardening::take_policy(arguments[2]);
  if (!mode) return fail(mode);
  if (!end_with_parent(kOrdersDescriptor)) return fail(ErrorCode::kIo, "nobody waits for this any more");
  const auto lines = arguments[3] == kWithLines ? wasm::SourceLines::kShown : wasm::SourceLines::kNone;
  auto engine = wasm::Engine::create(wasm::compiling_settings(lines), abi::host_functions());
  if (!engine) return fail(engine);
  const SourceBytes source{SourceEngine::kJavaScript, EngineModule::javascript(), ""};
  auto initialisation =
      Initialisation::create(*engine, source, {base::File(kCodeDescriptor), base::File(kBeginningDescriptor)},
                             CompileStep::kSnapshot);
  if (!initialisation) return fail(initialisation);
  return Template{std::stoull(arguments[0]), *mode, std::move(*initialisation)};
}

/// Makes children as they are ordered, until the supervisor is gone. std::nullopt in each of them.
Result<std::optional<base::File>> make_children(const base::File& orders) {
  while (true) {
    auto order = base::receive_descriptors(orders, base::Waits::kYes);
    if (!order) return fail(order);
    if (!*order) return std::nullopt;
    auto jobs = base::descriptor_pair();
    if (!jobs) return fail(jobs);
    base::File pidfd;
    const pid_t pid = fork_sibling(pidfd);
    if (pid < 0) return failed("cannot make a child");
    if (pid == 0) return std::move(jobs->theirs);
    if (auto sent = base::send_descriptors(orders, std::array{pidfd.fd(), jobs->ours.fd()}); !sent)
      return fail(sent);
  }
}

}  // namespace

Result<CompileChild> ReadyChild::begin(const CompileJob& job, const CompileLimits& limits) && {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return failed("cannot hear a child");
  base::File errors(ends[0]);
  const base::File write_end(ends[1]);
  if (auto told =
          base::send_descriptors(jobs_, std::array{job.user_files.fd(), job.output.fd(), write_end.fd()});
      !told)
    return fail(told);
  return CompileChild(std::move(process_), job.step, std::move(errors),
                      base::SystemClock().now() + limits.snapshot_time, limits.snapshot_cpu_time);
}

Result<EngineChild> EngineChild::start(const EngineFiles& files, const CompileLimits& limits,
                                       wasm::SourceLines lines) {
  auto pair = base::descriptor_pair();
  if (!pair) return fail(pair);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return failed("cannot hear a child");
  base::File errors(ends[0]);
  const base::File write_end(ends[1]);
  auto process = spawn_self({roles::kEngine.command, std::to_string(limits.snapshot_cpu_time.count()),
                             std::to_string(limits.data_bytes), hardening::to_argument(limits.policy),
                             lines == wasm::SourceLines::kShown ? kWithLines : "plain"},
                            {{write_end.fd(), STDERR_FILENO},
                             {pair->theirs.fd(), kOrdersDescriptor},
                             {files.code.fd(), kCodeDescriptor},
                             {files.beginning.fd(), kBeginningDescriptor}});
  if (!process) return fail(process);
  return EngineChild(std::move(*process), std::move(pair->ours), std::move(errors));
}

Result<void> EngineChild::order() const { return base::send_descriptors(orders_, {}); }

Result<std::optional<ReadyChild>> EngineChild::take() {
  auto files = base::receive_descriptors(orders_, base::Waits::kNo);
  if (!files) {
    std::array<char, 1024> words{};
    const ssize_t count = ::read(errors_.fd(), words.data(), words.size());
    return fail(ErrorCode::kIo, count > 0 ? std::string(words.data(), static_cast<std::size_t>(count))
                                          : "it has ended without a word");
  }
  if (!*files) return std::nullopt;
  if ((*files)->size() != 2) return fail(ErrorCode::kIo, "it sends what is no child");
  auto process = ChildProcess::adopt(std::move((**files)[0]));
  if (!process) return fail(process);
  return ReadyChild(std::move(*process), std::move((**files)[1]));
}

int engine_main(std::span<const std::string> arguments) {
  ignore_stop_signals();
  if (arguments.size() != kEngineArguments) return complain("wrong arguments for an engine child");
  auto made = make_template(arguments);
  if (!made) return complain(made.error());
  base::File jobs;
  {
    const base::File orders(kOrdersDescriptor);
    fcntl(orders.fd(), F_SETFD, FD_CLOEXEC);
    auto child = make_children(orders);
    if (!child) return complain(child.error());
    if (!*child) return 0;
    jobs = std::move(**child);
  }
  // The kernel takes all of the memory back sooner than we would, piece by piece.
  _exit(evaluate_one(*made, std::move(jobs)));
}

}  // namespace wws::runtime
