// Compilation in a process of its own: a hostile module may take the compiler minutes or gigabytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "hardening/policy.h"
#include "runtime/child_process.h"
#include "wasm/engine.h"

namespace wws::runtime {

/// What a compile child makes of a module.
enum class CompileStep {
  kCode,  ///< machine code
  /// An image of what `_initialize` of an engine leaves in memory: snapshots of all its scripts begin there.
  kBeginning,
  /// An image of what its `_initialize` and `wws_init` leave in memory (docs/snapshots.md).
  kSnapshot,
  kSnapshotUnlessEnvironmentIsRead,  ///< the same; its workers have variables, and are not to see none
};

/// Whether what a step makes depends on the user's files; else it is the same for all sources of one module.
[[nodiscard]] constexpr bool is_of_user_files(CompileStep step) noexcept {
  return step != CompileStep::kCode && step != CompileStep::kBeginning;
}

/// Whose module a worker runs in.
enum class SourceEngine {
  kFile,        ///< its own, or that of another file
  kJavaScript,  ///< the engine inside of this executable (interpreters/interpreters.h)
};

/// What one compile child may use and do. CPU time is what holds it: the times by the clock are for one that
/// does nothing at all, and long enough for a child of low priority on a machine that is busy with other
/// things.
struct CompileLimits {
  std::chrono::seconds cpu_time{60};
  std::chrono::seconds time{600};
  std::chrono::seconds snapshot_cpu_time{30};  ///< both for a snapshot
  std::chrono::seconds snapshot_time{300};
  std::uint64_t data_bytes = std::uint64_t{2} << 30;
  hardening::Policy policy{};
};

/// One module to work on: WebAssembly in `wasm`, what the step makes of it to `output`. A snapshot has the
/// code that was compiled of it and the user's files too, if there are any (docs/formats/user-files.md), and
/// of an engine what kBeginning made.
struct CompileJob {
  base::File wasm;
  base::File output;
  wasm::SourceLines lines = wasm::SourceLines::kNone;
  CompileStep step = CompileStep::kCode;
  base::File user_files;
  base::File code;
  base::File beginning;
  SourceEngine engine = SourceEngine::kFile;  ///< another: its module, and nothing in `wasm`
};

/// A child at work on one module: hostile code may run in it, so nothing here waits for it. Destroying it
/// kills the child.
class CompileChild {
 public:
  /// kIo: it could not be started.
  [[nodiscard]] static Result<CompileChild> start(const CompileJob& job, const CompileLimits& limits);

  /// One that was started otherwise: `errors` is what it says, until `deadline` it may take; the kernel ends
  /// it after `cpu_limit`.
  CompileChild(ChildProcess process, CompileStep step, base::File errors, base::Instant deadline,
               base::Duration cpu_limit = std::chrono::hours(24)) noexcept;

  /// Readable when it has something to say. What it says may end before the child does.
  [[nodiscard]] int errors_fd() const noexcept { return errors_.fd(); }
  /// Readable when it has ended.
  [[nodiscard]] int end_fd() const noexcept { return process_.fd(); }

  enum class Errors { kOpen, kClosed };
  /// Takes some of what it said. kClosed: nothing comes any more.
  [[nodiscard]] Errors read();

  /// When its time is up: end_late() it then, once.
  [[nodiscard]] base::Instant deadline() const noexcept { return deadline_; }
  void end_late() noexcept;

  /// After its end: what it said meanwhile, lines of a guest that was initialised. kBadModule carries the
  /// same and, in its last line, why it failed, or the limit that was hit; so does kIo, where the system
  /// lacked something and nothing is said of the module. std::nullopt: it has not ended. Call no more once it
  /// has told.
  [[nodiscard]] std::optional<Result<std::string>> outcome();

 private:
  [[nodiscard]] std::string signal_cause(int signal_number, base::Duration cpu_time) const;

  ChildProcess process_;
  CompileStep step_;
  base::File errors_;  ///< its standard error
  base::Instant deadline_;
  base::Duration cpu_limit_;
  bool is_late_ = false;
  std::string message_;
};

/// Compiles `count` modules, up to `parallel` children at once: `prepare(index)` gives the job of each when
/// its turn comes (an error, or none, leaves it out), `done(index, outcome)` is called as each ends. Blocks
/// until all have ended; nothing else happens in the process meanwhile.
void compile_all(std::size_t count, unsigned parallel, const CompileLimits& limits,
                 const std::function<Result<std::optional<CompileJob>>(std::size_t index)>& prepare,
                 const std::function<void(std::size_t index, Result<std::string> outcome)>& done);

/// The child: reads WebAssembly from descriptor 0 and user's files from descriptor 3, if there are any, maps
/// the code of descriptor 4 for a snapshot, and the image of descriptor 5 where that begins with one, writes
/// what the step makes of it to descriptor 1 and, if it fails, one line that says why to descriptor 2.
/// `arguments` are those that CompileChild gives it: limits and step in text, and hardening::to_argument's
/// policy. Returns the exit status.
[[nodiscard]] int compile_main(std::span<const std::string> arguments);

}  // namespace wws::runtime
