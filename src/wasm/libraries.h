// The engine behind this folder.
#pragma once

#include <string_view>

namespace wws::wasm {

/// Of Wasmtime: "48.0.8".
[[nodiscard]] std::string_view engine_version() noexcept;

}  // namespace wws::wasm
