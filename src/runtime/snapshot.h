// Snapshots: initialisation that is done once and not for every request (docs/snapshots.md).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "runtime/compile_child.h"
#include "runtime/source.h"
#include "wasm/engine.h"
#include "wasm/module_outline.h"

namespace wws::runtime {

/// The step that comes before compiling such a module; kCode: there is none.
[[nodiscard]] CompileStep snapshot_step(const wasm::ModuleOutline& outline, SnapshotUse use);

/// Runs `_initialize` and `wws_init` of the module, those that it has, on the `code` that was compiled of it,
/// and gives the image of the memory that they left. They get no environment and a clock that stands still,
/// the user's files as standard input, and may call nothing of `wws_v1` but `log`, `clock` and `random`.
/// Errors say why there can be no snapshot. In a compile child.
[[nodiscard]] Result<std::string> take_snapshot(const wasm::Engine& engine, base::File code,
                                                const SourceBytes& source, CompileStep step);

/// What of a module's exports a request calls no more when its instances begin with a snapshot.
[[nodiscard]] bool is_in_snapshot(std::string_view export_name) noexcept;

}  // namespace wws::runtime
