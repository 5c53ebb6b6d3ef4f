// Children for scripts, ready before there is a script.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/file.h"
#include "base/result.h"
#include "runtime/child_process.h"
#include "runtime/compile_child.h"
#include "wasm/engine.h"

namespace wws::runtime {

/// What an engine's scripts are evaluated on.
struct EngineFiles {
  base::File code;
  base::File beginning;  ///< what CompileStep::kBeginning made
};

/// A compile child that waits for its one script. Destroying it ends it.
class ReadyChild {
 public:
  ReadyChild(ChildProcess process, base::File jobs) noexcept
      : process_(std::move(process)), jobs_(std::move(jobs)) {}

  /// Gives it the script of a job, which is a snapshot of the engine that it has mapped. kIo: it has ended
  /// meanwhile, or cannot be told.
  [[nodiscard]] Result<CompileChild> begin(const CompileJob& job, const CompileLimits& limits) &&;

 private:
  ChildProcess process_;
  base::File jobs_;  ///< where it waits
};

/// A process in which an engine is mapped with all that its scripts begin with, and which makes children of
/// itself that only have to evaluate: in a millisecond where a new process takes 15. Each gets one script and
/// ends with it. No byte of a script ever comes to the engine child; what it makes are children of the
/// supervisor's, with the limits of every compile child and, before they read the script, its confinement.
///
/// Nothing here waits for it. One thread. Destroying it kills it; children that it made live on.
class EngineChild {
 public:
  /// kIo: it could not be started.
  [[nodiscard]] static Result<EngineChild> start(const EngineFiles& files, const CompileLimits& limits,
                                                 wasm::SourceLines lines);

  /// Readable when there is a child to take, or none will come any more.
  [[nodiscard]] int fd() const noexcept { return orders_.fd(); }
  /// Asks for a child. kIo: it has ended, or does not read.
  [[nodiscard]] Result<void> order() const;
  /// A child that was ordered. std::nullopt: it is not there yet. kIo: none comes, and why.
  [[nodiscard]] Result<std::optional<ReadyChild>> take();

 private:
  EngineChild(ChildProcess process, base::File orders, base::File errors) noexcept
      : process_(std::move(process)), orders_(std::move(orders)), errors_(std::move(errors)) {}

  ChildProcess process_;
  base::File orders_;
  base::File errors_;  ///< its standard error
};

/// The process: maps the code of descriptor 4 and the image of descriptor 5, and takes orders from
/// descriptor 3. `arguments` are those that EngineChild gives it. Returns the exit status, also in the
/// children that it makes.
[[nodiscard]] int engine_main(std::span<const std::string> arguments);

}  // namespace wws::runtime
