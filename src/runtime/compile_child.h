// Compilation in a process of its own: a hostile module may take the compiler minutes or gigabytes.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "hardening/policy.h"
#include "wasm/engine.h"

namespace wws::runtime {

/// The hidden command that makes this executable a compile child.
inline constexpr const char* kCompileCommand = "__compile";

/// What a compile child makes of a module.
enum class CompileStep {
  kCode,  ///< machine code
  /// A module whose memory begins with what its `_initialize` and `wws_init` left (docs/snapshots.md).
  kSnapshot,
  kSnapshotUnlessEnvironmentIsRead,  ///< the same; its workers have variables, and are not to see none
};

/// What one compile child may use and do.
struct CompileLimits {
  std::chrono::seconds cpu_time{60};
  std::chrono::seconds time{120};
  std::chrono::seconds snapshot_cpu_time{30};  ///< both for a snapshot, the module's compilation included
  std::chrono::seconds snapshot_time{60};
  std::uint64_t data_bytes = std::uint64_t{2} << 30;
  hardening::Policy policy{};
};

/// One module to work on: WebAssembly in `wasm`, what the step makes of it to `output`.
struct CompileJob {
  base::File wasm;
  base::File output;
  wasm::SourceLines lines = wasm::SourceLines::kNone;
  CompileStep step = CompileStep::kCode;
};

/// A child at work on one module. Destroying it kills the child.
class CompileChild {
 public:
  /// kIo: it could not be started.
  [[nodiscard]] static Result<CompileChild> start(const CompileJob& job, const CompileLimits& limits);

  CompileChild(CompileChild&& other) noexcept;
  CompileChild& operator=(CompileChild&& other) noexcept;
  ~CompileChild();

  /// Readable when it has something to say, or has ended.
  [[nodiscard]] int fd() const noexcept { return errors_.fd(); }
  /// When its time is up: kill() it then.
  [[nodiscard]] base::Instant deadline() const noexcept { return deadline_; }
  void kill() const noexcept;

  /// Takes what it said. True when it has ended; does not block when fd() is readable.
  [[nodiscard]] bool read();
  /// After its end: what it said meanwhile, lines of a guest that was initialised. kBadModule carries the
  /// same and, in its last line, why it failed, or the limit that was hit. Call once.
  [[nodiscard]] Result<std::string> outcome();

 private:
  CompileChild(pid_t pid, CompileStep step, base::File errors, base::Instant deadline) noexcept
      : pid_(pid), step_(step), errors_(std::move(errors)), deadline_(deadline) {}

  pid_t pid_ = -1;
  CompileStep step_;
  base::File errors_;  ///< its standard error; its end is the child's end
  base::Instant deadline_;
  std::string message_;
};

/// Compiles `count` modules, up to `parallel` children at once: `prepare(index)` gives the job of each when
/// its turn comes (an error leaves it out), `done(index, outcome)` is called as each ends. Blocks until all
/// have ended; nothing else happens in the process meanwhile.
void compile_all(std::size_t count, unsigned parallel, const CompileLimits& limits,
                 const std::function<Result<CompileJob>(std::size_t index)>& prepare,
                 const std::function<void(std::size_t index, Result<std::string> outcome)>& done);

/// The child: reads WebAssembly from descriptor 0, writes what the step makes of it to descriptor 1 and, if
/// it fails, one line that says why to descriptor 2. `arguments` are those that CompileChild gives it: limits
/// and step in text, and hardening::to_argument's policy. Returns the exit status.
[[nodiscard]] int compile_main(std::span<const std::string> arguments);

}  // namespace wws::runtime
