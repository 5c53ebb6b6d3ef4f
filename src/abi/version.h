// Which version of the native ABI a module speaks.
#pragma once

#include "base/result.h"
#include "wasm/module_outline.h"

namespace wws::abi {

/// kBadModule: the module imports from a version of the native ABI that we do not speak; the message names
/// ours.
[[nodiscard]] Result<void> check_version(const wasm::ModuleOutline& outline);

}  // namespace wws::abi
