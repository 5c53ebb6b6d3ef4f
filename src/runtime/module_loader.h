// From the sources of workers to compiled code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "runtime/compile_child.h"
#include "runtime/module_cache.h"
#include "runtime/source.h"

namespace wws::runtime {

/// How many modules may be open at once. Each holds a descriptor, here and in every serving process; some
/// have to be left for sockets, pipes and compile children.
[[nodiscard]] std::size_t most_open_modules();

/// The modules of a project: found in the cache, or on their way through compile children: one that takes a
/// snapshot, where there is something to take, and one that compiles.
///
/// Sources with the same content share a module. One that cannot be read or compiled is an error at its
/// place; the others are not affected; so is one for which no descriptor is left. Where no cache can be had,
/// or it takes nothing more, one line says so and modules are compiled for this run only. Code is compiled to
/// memory and then kept in the cache, so that nothing of the cache's can fail a module. One thread.
class ModuleLoader {
 public:
  /// Reads all sources and looks them up. `cache_folder` empty: the default.
  ModuleLoader(std::filesystem::path root, const std::vector<Source>& sources,
               const std::filesystem::path& cache_folder, wasm::SourceLines lines = wasm::SourceLines::kNone);

  ModuleLoader(ModuleLoader&&) noexcept = default;
  ModuleLoader& operator=(ModuleLoader&&) = delete;
  /// How many modules there are; they are numbered from 0.
  [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(modules_.size()); }
  /// The module of a source, in the order of the sources.
  [[nodiscard]] std::uint32_t of_source(std::size_t source) const { return of_source_.at(source); }
  /// The file of a worker with this module, for messages.
  [[nodiscard]] const std::string& file(std::uint32_t module) const {
    return modules_.at(module).source.file;
  }

  /// Whether it is made for the native ABI, whose workers take bodies as they come.
  [[nodiscard]] bool takes_stream(std::uint32_t module) const { return modules_.at(module).takes_stream; }

  /// The compiled code, open for reading and ready to map, or why there is none; std::nullopt: it has to be
  /// compiled.
  [[nodiscard]] const std::optional<Result<base::File>>& code(std::uint32_t module) const {
    return modules_.at(module).code;
  }
  /// Those that have to be compiled.
  [[nodiscard]] std::vector<std::uint32_t> pending() const;

  /// What the next compile child is given for a pending module: the bytes that were looked up, even if
  /// a file changes meanwhile. An error changes nothing: give_up() the module, or after kIo, which says that
  /// the system lacked something, prepare() it again later.
  [[nodiscard]] Result<CompileJob> prepare(std::uint32_t module);
  /// Takes the outcome of its compile child. Without a code() there is a next step to prepare(). Only kIo is
  /// returned: it says nothing of the module, whose step is to be prepared again, or to be given up.
  [[nodiscard]] Result<void> finish(std::uint32_t module, Result<std::string> outcome);
  /// Ends a pending module without code.
  void give_up(std::uint32_t module, const Error& error);
  // After the last one of all has ended the cache is tidied.

 private:
  struct Module {
    Source source;
    std::string key;  ///< in the cache
    bool takes_stream = false;
    std::optional<Result<base::File>> code;
    base::File output;                      ///< of the step in progress
    CompileStep step = CompileStep::kCode;  ///< the next one, or in progress
    base::File snapshot;                    ///< what is compiled instead of its module
  };

  [[nodiscard]] Result<CompileJob> input(const Module& module) const;
  void finish_snapshot(Module& module, const Result<std::string>& outcome);
  [[nodiscard]] std::uint32_t add(Module module);
  void ended(Module& module, Result<base::File> code);
  [[nodiscard]] Result<base::File> keep(const std::string& key, base::File code);

  std::filesystem::path root_;
  wasm::SourceLines lines_;
  std::optional<ModuleCache> cache_;
  bool is_keeping_ = true;  ///< until the cache did not take something
  std::vector<Module> modules_;
  std::vector<std::uint32_t> of_source_;
  std::size_t pending_ = 0;
  std::size_t may_open_;  ///< descriptors for further modules
};

/// Compiles all that is pending, `parallel` at once; blocks until it is done.
void compile_pending(ModuleLoader& loader, unsigned parallel, const CompileLimits& limits = {});

}  // namespace wws::runtime
