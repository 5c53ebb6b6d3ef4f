// Snapshots: initialisation that is done once and not for every request (docs/snapshots.md).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/compile_child.h"
#include "wasm/engine.h"
#include "wasm/module_outline.h"

namespace wws::runtime {

/// What a worker has to say about a snapshot of its module.
enum class SnapshotUse {
  kNo,                ///< `snapshot = false`
  kWithoutVariables,  ///< it has none
  kWithVariables,     ///< what its module reads of the environment while it is initialised would be missing
};

/// The step that comes before compiling such a module; kCode: there is none.
[[nodiscard]] CompileStep snapshot_step(const wasm::ModuleOutline& outline, SnapshotUse use);

/// Runs `_initialize` and `wws_init` of the module, those that it has, and gives a module that begins with
/// the state they left. They get no environment and a clock that stands still, and may call nothing of
/// `wws_v1` but `log`, `clock` and `random`. Errors say why there can be no snapshot. In a compile child.
[[nodiscard]] Result<std::string> take_snapshot(const wasm::Engine& engine, std::string_view wasm,
                                                CompileStep step);

}  // namespace wws::runtime
