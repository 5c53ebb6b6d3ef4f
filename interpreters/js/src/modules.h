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

/// The namespace of a module by its file, or node:NAME, evaluated before this returns; an exception if it
/// waits for something at its top level.
JSValue require_namespace(JSContext* context, const char* name) noexcept;

/// Wipes out the texts of Node's modules: nobody imports one.
void forget_node_modules() noexcept;

/// What names in the script's imports mean.
const Imports& imports() noexcept;
/// The content of one of its files; null: there is no such file.
const std::string* file_text(std::string_view name) noexcept;
/// Where the lines of a script come from (positions.h); empty: it is not made of another file.
std::string_view positions_of(std::string_view name) noexcept;

}  // namespace wws::js
