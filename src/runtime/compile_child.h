// Compilation in a process of its own: a hostile module may take the compiler minutes or gigabytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace wws::runtime {

/// The hidden command that makes this executable a compile child.
inline constexpr const char* kCompileCommand = "__compile";

/// What one compile child may use.
struct CompileLimits {
  std::chrono::seconds cpu_time{60};
  std::chrono::seconds time{120};
  std::uint64_t data_bytes = std::uint64_t{2} << 30;
};

/// One module to compile: WebAssembly in `wasm`, machine code to `output`.
struct CompileJob {
  base::File wasm;
  base::File output;
};

/// Compiles all jobs, up to `parallel` children at once, and calls `done(index, result)` for each as it
/// ends. kBadModule carries the compiler's words, or the limit that was hit; kIo a child that could not
/// be started. Blocks until all have ended; nothing else happens in the process meanwhile.
void compile_all(std::vector<CompileJob> jobs, unsigned parallel, const CompileLimits& limits,
                 const std::function<void(std::size_t index, Result<void> result)>& done);

/// The child: reads WebAssembly from descriptor 0, writes machine code to descriptor 1 and, if it
/// fails, one line that says why to descriptor 2. The limits are numbers in text, as on its command
/// line. Returns the exit status.
[[nodiscard]] int compile_main(std::string_view cpu_seconds, std::string_view data_bytes);

}  // namespace wws::runtime
