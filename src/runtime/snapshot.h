// Snapshots: initialisation that is done once and not for every request (docs/snapshots.md).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "base/result.h"
#include "runtime/compile_child.h"
#include "runtime/source.h"
#include "wasm/engine.h"
#include "wasm/module_outline.h"

namespace wws::runtime {

/// The step that comes before compiling such a module; kCode: there is none.
[[nodiscard]] CompileStep snapshot_step(const wasm::ModuleOutline& outline, SnapshotUse use);

/// What an initialisation runs on.
struct InitialisationFiles {
  base::File code;       ///< compiled of the module
  base::File beginning;  ///< what the step kBeginning made of it; none: with the module's own first state
};

/// The initialisation of a module, mapped and linked: `_initialize` for the step kBeginning, `wws_init` where
/// it begins with that, else those of both that the module has. One thread; in a compile child.
class Initialisation {
 public:
  /// Of the source only its module is looked at. Errors say why there can be no snapshot.
  [[nodiscard]] static Result<Initialisation> create(const wasm::Engine& engine, const SourceBytes& source,
                                                     InitialisationFiles files, CompileStep step);

  /// Runs it in an instance of its own and writes the image of the memory that it left to `image`, an empty
  /// file. It gets no environment and a clock that stands still, the user's files as standard input (of the
  /// JavaScript engine translated), and may call nothing of `wws_v1` but `log`, `clock` and `random`. Errors
  /// say why there can be no snapshot.
  [[nodiscard]] Result<void> run(std::string_view user_files, const base::File& image) const;

 private:
  Initialisation(wasm::Module module, wasm::Calls calls, CompileStep step, SourceEngine engine) noexcept
      : module_(std::move(module)), calls_(std::move(calls)), step_(step), engine_(engine) {}

  wasm::Module module_;
  wasm::Calls calls_;
  CompileStep step_;
  SourceEngine engine_;
};

/// What of a module's exports a request calls no more when its instances begin with a snapshot.
[[nodiscard]] bool is_in_snapshot(std::string_view export_name) noexcept;

}  // namespace wws::runtime
