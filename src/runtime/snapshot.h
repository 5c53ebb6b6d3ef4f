// Snapshots: initialisation that is done once and not for every request (docs/snapshots.md).
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "runtime/compile_child.h"
#include "runtime/source.h"
#include "wasm/engine.h"
#include "wasm/module_outline.h"

namespace wws::runtime {

/// The step that comes before compiling such a module; kCode: there is none.
[[nodiscard]] CompileStep snapshot_step(const wasm::ModuleOutline& outline, SnapshotUse use);

/// Runs `_initialize` and `wws_init` of the module, those that it has, and gives a module that begins with
/// the state they left. They get no environment and a clock that stands still, the user's files as standard
/// input, and may call nothing of `wws_v1` but `log`, `clock` and `random`. Errors say why there can be no
/// snapshot. In a compile child.
[[nodiscard]] Result<std::string> take_snapshot(const wasm::Engine& engine, const SourceBytes& source,
                                                CompileStep step);

}  // namespace wws::runtime
