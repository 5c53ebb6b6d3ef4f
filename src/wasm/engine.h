// The WebAssembly engine of a process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "wasm/host_function.h"
#include "wasm/module.h"

struct wwsb_engine;

namespace wws::wasm {

class Guest;

/// Where instances live.
enum class Allocation {
  kPool,      ///< memory for `instances` of them reserved at start: fast; what serving processes use
  kOnDemand,  ///< mapped for each instance; enough for compiling, and the last resort for serving
};

/// How a memory is cleaned between two instances.
enum class MemoryReset {
  kMadvise,  ///< given back to the kernel
  kScan,     ///< dirty pages found by the kernel's page scan and restored: 2-4 times faster
};

/// Whether backtraces tell source files and lines, where the module has debug information. How long reading
/// it takes is up to the module: for development.
enum class SourceLines { kNone, kShown };

/// Whether guests may have files, whose functions suspend them. Those cost more per call.
enum class WaitsFor { kNoFiles, kFiles };

struct EngineSettings {
  Allocation allocation = Allocation::kPool;
  MemoryReset memory_reset = MemoryReset::kMadvise;
  std::uint32_t instances = 1000;                         ///< alive at once
  std::uint64_t memory_bytes = std::uint64_t{128} << 20;  ///< largest linear memory
  std::uint64_t table_elements = 100'000;
  std::uint64_t stack_bytes = std::uint64_t{512} << 10;   ///< largest that a guest may have
  std::uint64_t keep_resident = std::uint64_t{1} << 20;   ///< of one memory, between two instances
  std::uint64_t idle_resident = std::uint64_t{64} << 20;  ///< of all memories between two instances together
  std::uint32_t warm_slots = 100;                         ///< unused slots that keep their module's image
  bool parallel_compilation = false;
  SourceLines source_lines = SourceLines::kNone;  ///< the same where code is compiled and where it is mapped
  WaitsFor waits_for = WaitsFor::kNoFiles;
  int wake_fd = -1;  ///< an eventfd, written when a waiting instance was woken
};

/// Settings for a process that serves: a pool of `instances`, cleaned as `reset` says or, without it, in the
/// fastest safe way. kBadConfig: this kernel cannot do what is demanded.
[[nodiscard]] Result<EngineSettings> serving_settings(std::uint32_t instances,
                                                      std::optional<MemoryReset> reset = {});
/// Settings for a process that compiles, and runs the initialisation of a module at the most.
[[nodiscard]] EngineSettings compiling_settings(SourceLines lines = SourceLines::kNone);

/// kBadModule says why there can be no image of instances of this WebAssembly: its code changes what an image
/// does not hold. Reads all of its code.
[[nodiscard]] Result<void> check_image(std::string_view wasm);

/// The engine: one per process, made once. Its modules keep it alive.
/// Used from one thread; tick() from anywhere, signal handlers included.
class Engine {
 public:
  /// `functions` is all that guests may import. When the address space for the pool cannot be had,
  /// smaller pools and then on-demand allocation are tried, with a line in the log each.
  [[nodiscard]] static Result<Engine> create(const EngineSettings& settings,
                                             std::span<const HostFunction> functions);

  /// Compiles WebAssembly in binary form. kBadModule says what is wrong with it. A hostile module may
  /// take minutes and gigabytes: only called in a compile child.
  [[nodiscard]] Result<std::string> compile(std::string_view wasm) const;

  /// Maps code that compile() made. It is trusted machine code: the caller has verified where it is
  /// from. kBadModule: an import that does not exist or has another type, or more than the engine has room
  /// for. kOverloaded: the system has no memory or descriptor for it at this moment.
  [[nodiscard]] Result<Module> map(base::File code) const;

  /// Runs `calls` of the module, one after another, as `guest` in a fresh instance, and writes the image of
  /// what they left in its memory and globals (docs/formats/memory-image.md) to `image`, an empty file.
  /// Blocks for as long as they run: only called in a compile child, like compile(). Errors: how a call ended
  /// badly, or why there can be no image of such a module.
  [[nodiscard]] static Result<void> take_image(const Module& module, const Calls& calls, Guest& guest,
                                               const base::File& image);

  /// A module whose instances begin with an image that take_image() gave for instances of `module`, on the
  /// same machine code. Where the image is from makes no difference to the process: it is what the guest
  /// finds in its memory, and no more. It must not change any more. kBadModule: it is no image, or not of
  /// this module, or more than the engine has room for. kOverloaded: as for map().
  [[nodiscard]] Result<Module> begin_with(const Module& module, base::File image) const;

  /// Running guests come to their epoch check.
  void tick() const noexcept;

  /// Names the engine's version and configuration: code of another fingerprint must not be mapped.
  [[nodiscard]] std::string fingerprint() const;

  /// Ids of waiting instances woken since the last call.
  [[nodiscard]] std::vector<std::uint64_t> take_woken() const;

  /// What create() ended with.
  [[nodiscard]] const EngineSettings& settings() const noexcept { return settings_; }

 private:
  struct Deleter {
    void operator()(wwsb_engine* engine) const noexcept;
  };
  Engine(EngineSettings settings, std::unique_ptr<wwsb_engine, Deleter> engine) noexcept;

  EngineSettings settings_;
  std::unique_ptr<wwsb_engine, Deleter> engine_;
};

}  // namespace wws::wasm
