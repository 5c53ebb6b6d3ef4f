// ES modules: those of the engine itself, and the user's files.
#pragma once

#include "files.h"
#include "quickjs.h"
#include "value.h"

namespace wws::js {

/// From now on the runtime finds modules: `wws:NAME` among those of src/web, for each other, and everything
/// else among the files of load_entry().
void find_modules(JSRuntime* runtime) noexcept;

/// A module of the engine, evaluated: its namespace, or an exception.
Value load_engine_module(const char* name) noexcept;

/// The worker's own file, evaluated: the namespace of a module; undefined for a script without `import` and
/// `export`; an exception. What it imports, now or in a request, is looked for among `files` from now on.
Value load_entry(const Files& files) noexcept;

}  // namespace wws::js
