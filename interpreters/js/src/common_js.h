// Scripts with `require` and `module.exports`: what the loader in web/common_js.js needs of the engine, and
// such scripts as modules that others import.
#pragma once

#include "quickjs.h"
#include "value.h"

namespace wws::js {

/// A module that runs the script `file` when it is evaluated: its default export is `module.exports`, others
/// are those whose names the server found in its text. Null: an exception waits.
JSModuleDef* common_js_module(const char* file);

/// Runs the script `file`, unless it ran before; `module.exports`.
Value run_common_js(const char* file);

}  // namespace wws::js
