// Whether the server has what a module imports, told before the module is compiled.
#pragma once

#include "base/result.h"
#include "wasm/module_outline.h"

namespace wws::abi {

/// kBadModule: the module speaks another version of the native ABI (abi/version.h), or imports what no
/// function of host_functions() is. The message names all such imports, or the first of very many, with the
/// feature that each belongs to. Types are not looked at: linking does that.
[[nodiscard]] Result<void> check_imports(const wasm::ModuleOutline& outline);

}  // namespace wws::abi
