// From the sources of workers to compiled code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "runtime/compile_child.h"
#include "runtime/engine_child.h"
#include "runtime/module_cache.h"
#include "runtime/source.h"

namespace wws::runtime {

/// How many modules may be open at once. Each holds a descriptor, here and in every serving process; some
/// have to be left for sockets, pipes and compile children.
[[nodiscard]] std::size_t most_open_modules();

/// Code that was compiled, open for reading. Immutable.
struct CodeFile {
  std::string key;  ///< in the cache: the same for the same code
  base::File file;
};

/// What a serving process makes a module of, ready to map.
struct ModuleFiles {
  std::shared_ptr<const CodeFile> code;  ///< other modules may begin on it too
  base::File snapshot;                   ///< none: instances begin as the code makes them
};

/// The modules of a project: found in the cache, or on their way through compile children: one that compiles,
/// and one that takes a snapshot, where there is something to take.
///
/// Sources with the same content share a module, and those with the same WebAssembly share its code, which is
/// compiled once. Scripts of an engine of this executable share, besides, the image of the engine before it
/// has read any of them, which is made once too. One that cannot be read or compiled is an error at its
/// place; the others are not affected; so is one for which no descriptor is left. Where no cache can be had,
/// or it takes nothing more, one line says so and modules are compiled for this run only. Code is compiled to
/// memory and then kept in the cache, so that nothing of the cache's can fail a module. The snapshot of a
/// script with variables of the server's environment stays in memory. One thread.
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

  /// The compiled code and the snapshot, or why there is none; std::nullopt: there is something to be made
  /// yet.
  [[nodiscard]] const std::optional<Result<ModuleFiles>>& files(std::uint32_t module) const {
    return modules_.at(module).files;
  }
  /// Those of which something has to be made.
  [[nodiscard]] std::vector<std::uint32_t> pending() const;

  /// How many of those are scripts.
  [[nodiscard]] std::size_t pending_scripts() const;
  /// What scripts are evaluated on, if a module is one and all of it is there: copies of the descriptors.
  [[nodiscard]] std::optional<EngineFiles> engine_files() const;
  /// Whether errors tell lines of source files.
  [[nodiscard]] wasm::SourceLines lines() const noexcept { return lines_; }

  /// What the next compile child is given for a pending module: the bytes that were looked up, even if
  /// a file changes meanwhile. std::nullopt: what it shares is being made for another module, whose finish()
  /// or give_up() tells when it goes on; or it has ended with that. An error changes nothing: give_up() the
  /// module, or after kIo, which says that the system lacked something, prepare() it again later.
  [[nodiscard]] Result<std::optional<CompileJob>> prepare(std::uint32_t module);
  /// Takes the outcome of its compile child. Returns the modules that go on or have ended now, itself among
  /// them: those without files() have a step to prepare(). Only kIo is returned: it says nothing of the
  /// module, whose step is to be prepared again, or to be given up.
  [[nodiscard]] Result<std::vector<std::uint32_t>> finish(std::uint32_t module, Result<std::string> outcome);
  /// Ends a pending module without code. Returns as finish() does.
  std::vector<std::uint32_t> give_up(std::uint32_t module, const Error& error);
  // After the last one of all has ended, or was looked up, the cache is tidied.

  /// Begins to look up other sources. Modules that are known keep their numbers and their files; nothing that
  /// was there goes. A module that failed is tried again, under another number, once a file of it was written
  /// anew.
  void begin_update(std::filesystem::path root, std::vector<Source> sources);
  /// Looks some of them up, until so much time has gone. True: all are looked up, and of_source() is of
  /// these.
  [[nodiscard]] bool update_some(base::Duration at_most);
  /// Lets go of all modules but these: their numbers are not used again. Returns those that went. What is
  /// compiled for one of them is to be given up; modules that waited for that are pending() and can be
  /// prepared.
  std::vector<std::uint32_t> keep_only(const std::vector<std::uint32_t>& used);

 private:
  struct Module {
    Source source;
    std::string code_key;                            ///< in the cache
    std::string key;                                 ///< of its snapshot, or of the code where none is taken
    CompileStep snapshot_step = CompileStep::kCode;  ///< kCode: none is taken
    bool takes_stream = false;
    std::optional<Result<ModuleFiles>> files;
    base::File output;                   ///< of the step in progress
    std::optional<base::File> snapshot;  ///< found in the cache; an empty one: there can be none
    std::size_t descriptors = 0;         ///< besides that of the code
    bool is_gone = false;
    [[nodiscard]] CompileStep step(const ModuleLoader& loader) const;
  };
  /// What is made once for all modules of the same WebAssembly.
  struct Code {
    std::shared_ptr<const CodeFile> file;
    base::File beginning;                   ///< of an engine of ours: the image that its scripts begin with
    std::optional<std::uint32_t> made_for;  ///< a module whose step is in progress
  };

  /// Sources that are looked up one by one.
  struct Update {
    std::vector<Source> sources;
    std::vector<std::uint32_t> numbers;  ///< of those that are looked up
    std::unordered_map<std::string, std::uint32_t> by_signature;
  };

  [[nodiscard]] std::uint32_t look_up(const Source& source);
  [[nodiscard]] std::uint32_t look_up_again(const Source& source, Update& update);
  void let_go(std::uint32_t number);
  void find_files(Module& module);
  [[nodiscard]] Result<CompileJob> input(const Module& module) const;
  [[nodiscard]] Result<void> add_module(const Module& module, CompileJob& job) const;
  [[nodiscard]] Result<void> add_snapshot_input(const Module& module, CompileJob& job) const;
  [[nodiscard]] Result<void> take_shared(Module& module, CompileStep step);
  void use_code(Module& module);
  [[nodiscard]] Result<void> finish_snapshot(Module& module, const Result<std::string>& outcome);
  [[nodiscard]] std::vector<std::uint32_t> release_code(std::uint32_t number);
  [[nodiscard]] std::uint32_t add(Module module);
  void ended(Module& module, Result<ModuleFiles> files);
  void tidy_if_all_ended();
  [[nodiscard]] std::optional<base::File> find_snapshot(const std::string& key);
  [[nodiscard]] Result<base::File> keep(const std::string& key, base::File file,
                                        ModuleCache::Durable durable);
  [[nodiscard]] Result<base::File> keep_snapshot(const Module& module, base::File file);

  std::filesystem::path root_;
  std::filesystem::path cache_folder_;
  wasm::SourceLines lines_;
  bool has_opened_cache_ = false;
  std::optional<ModuleCache> cache_;
  bool is_keeping_ = true;  ///< until the cache did not take something
  std::vector<Module> modules_;
  std::unordered_map<std::string, Code> codes_;  ///< by their keys
  std::vector<std::uint32_t> of_source_;
  std::unordered_map<std::string, std::uint32_t> by_key_;
  std::unordered_map<std::string, std::uint32_t>
      by_signature_;  ///< of files as they were when they were read
  std::optional<Update> update_;
  std::size_t pending_ = 0;
  bool is_tidy_ = true;   ///< nothing has ended since the cache was tidied
  std::size_t may_open_;  ///< descriptors for further modules
};

/// Compiles all that is pending, `parallel` at once; blocks until it is done.
void compile_pending(ModuleLoader& loader, unsigned parallel, const CompileLimits& limits = {});

}  // namespace wws::runtime
