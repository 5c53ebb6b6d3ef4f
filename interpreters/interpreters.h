// Engines of other languages than WebAssembly, as modules inside of this executable.
#pragma once

#include <string_view>

namespace wws::interpreters {

/// The JavaScript engine: a WebAssembly module of the native ABI that reads a script, and what that imports,
/// from standard input (interpreters/js/README.md). Part of the executable: valid always, on any thread.
[[nodiscard]] std::string_view javascript() noexcept;

}  // namespace wws::interpreters
