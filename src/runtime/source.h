// What a worker is made of.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/worker_config.h"
#include "runtime/compile_child.h"
#include "runtime/script_files.h"
#include "wasm/module_outline.h"

namespace wws::runtime {

/// What a worker has to say about a snapshot of its module.
enum class SnapshotUse {
  kNo,                ///< `snapshot = false`
  kWithoutVariables,  ///< it has none
  kWithVariables,     ///< what its module reads of the environment while it is initialised would be missing
};

/// Where a snapshot is kept for the next start.
enum class SnapshotPlace {
  kCache,
  kMemory,  ///< nowhere: it has what no file may have
};

/// What a script finds in `env` while it is evaluated.
struct ScriptEnvironment {
  std::string variables{};  ///< names and values (docs/formats/user-files.md); empty: there are none
  std::string bindings{};   ///< names of namespaces of the key-value store, with nothing as values
  SnapshotPlace place = SnapshotPlace::kCache;
};

/// The files of a worker: a WebAssembly module, and what that reads of its user's files while a snapshot is
/// taken (docs/formats/user-files.md). A plain value; nothing is read yet. Paths are relative to the
/// project's root, or absolute.
struct Source {
  std::string file;                     ///< the worker's: the one that messages name
  std::string engine_module;            ///< the WebAssembly that runs, if that is a file
  std::vector<std::string> user_files;  ///< in any order; none: the module is all there is
  SnapshotUse snapshot = SnapshotUse::kWithoutVariables;
  SourceEngine engine = SourceEngine::kFile;
  std::string imports{};  ///< what names in them mean, for an engine whose scripts import
  std::string problem{};  ///< why that is not all of it: read_source() fails with it; empty: it is
  ScriptEnvironment environment{};
};

/// The source of a worker whose file is its module.
[[nodiscard]] Source wasm_source(std::string file, SnapshotUse snapshot = SnapshotUse::kWithoutVariables);

/// The source of a worker in JavaScript, `file`; `files` are it and what it imports.
[[nodiscard]] Source javascript_source(std::string file, ScriptFiles files,
                                       ScriptEnvironment environment = {});

/// Of a worker. Variables that come from the server's environment may be secrets: they stay in memory.
[[nodiscard]] ScriptEnvironment script_environment(const config::WorkerConfig& config);

/// WebAssembly as it was read. One thread.
class EngineModule {
 public:
  explicit EngineModule(std::string bytes) : storage_(std::move(bytes)), bytes_(storage_) {}
  EngineModule(const EngineModule&) = delete;
  EngineModule& operator=(const EngineModule&) = delete;
  ~EngineModule() = default;
  /// The JavaScript engine inside of this executable, one for all its sources.
  [[nodiscard]] static std::shared_ptr<const EngineModule> javascript();

  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }
  /// module_hash() of it, which takes milliseconds: computed when it is first asked for.
  [[nodiscard]] const std::string& hash() const;
  /// read_outline() of it, read when it is first asked for. Views point into bytes().
  [[nodiscard]] const Result<wasm::ModuleOutline>& outline() const;

 private:
  struct OfTheExecutable {};
  EngineModule(OfTheExecutable, std::string_view bytes) : bytes_(bytes) {}

  std::string storage_;  ///< empty: the bytes are the executable's
  std::string_view bytes_;
  mutable std::string hash_;
  mutable std::optional<Result<wasm::ModuleOutline>> outline_;
};

/// What the files of a source held when they were read.
struct SourceBytes {
  SourceEngine engine = SourceEngine::kFile;
  std::shared_ptr<const EngineModule> engine_module;
  std::string user_files;  ///< names and contents, `env` (docs/formats/user-files.md); empty: none
};

/// Reads the module of a source, or takes the executable's. An error names the file that cannot be read. kIo
/// may pass.
[[nodiscard]] Result<std::shared_ptr<const EngineModule>> read_engine_module(
    const std::filesystem::path& root, const Source& source);

/// Reads all files of a source. An error names the file that cannot be read or is too large. kIo may pass.
[[nodiscard]] Result<SourceBytes> read_source(const std::filesystem::path& root, const Source& source);

/// The name in the cache of what a step makes. Of code, and of where an engine's scripts begin, it depends on
/// the module alone: sources with the same module share it. Snapshots are the same where the names and
/// contents of the user's files, and what is in `env`, are the same too.
[[nodiscard]] std::string source_key(const SourceBytes& bytes, CompileStep step);

}  // namespace wws::runtime
