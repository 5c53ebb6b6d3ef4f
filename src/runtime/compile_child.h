// Compilation in a process of its own: a hostile module may take the compiler minutes or gigabytes.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "hardening/policy.h"
#include "wasm/engine.h"

namespace wws::runtime {

/// The hidden command that makes this executable a compile child.
inline constexpr const char* kCompileCommand = "__compile";

/// What one compile child may use and do.
struct CompileLimits {
  std::chrono::seconds cpu_time{60};
  std::chrono::seconds time{120};
  std::uint64_t data_bytes = std::uint64_t{2} << 30;
  hardening::Policy policy{};
};

/// One module to compile: WebAssembly in `wasm`, machine code to `output`.
struct CompileJob {
  base::File wasm;
  base::File output;
  wasm::SourceLines lines = wasm::SourceLines::kNone;
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
  /// After its end: kBadModule carries the compiler's words, or the limit that was hit. Call once.
  [[nodiscard]] Result<void> outcome();

 private:
  CompileChild(pid_t pid, base::File errors, base::Instant deadline) noexcept
      : pid_(pid), errors_(std::move(errors)), deadline_(deadline) {}

  pid_t pid_ = -1;
  base::File errors_;  ///< its standard error; its end is the child's end
  base::Instant deadline_;
  std::string message_;
};

/// Compiles `count` modules, up to `parallel` children at once: `prepare(index)` gives the job of each when
/// its turn comes (an error leaves it out), `done(index, outcome)` is called as each ends. Blocks until all
/// have ended; nothing else happens in the process meanwhile.
void compile_all(std::size_t count, unsigned parallel, const CompileLimits& limits,
                 const std::function<Result<CompileJob>(std::size_t index)>& prepare,
                 const std::function<void(std::size_t index, Result<void> outcome)>& done);

/// The child: reads WebAssembly from descriptor 0, writes machine code to descriptor 1 and, if it
/// fails, one line that says why to descriptor 2. The limits are numbers in text and the policy is
/// hardening::to_argument's, as on its command line. Returns the exit status.
[[nodiscard]] int compile_main(std::string_view cpu_seconds, std::string_view data_bytes,
                               std::string_view source_lines, std::string_view policy);

}  // namespace wws::runtime
