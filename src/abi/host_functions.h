// Everything a worker may import, whatever its ABI.
#pragma once

#include <span>

#include "wasm/host_function.h"

namespace wws::abi {

/// The table for wasm::Engine::create. Static lifetime.
[[nodiscard]] std::span<const wasm::HostFunction> host_functions() noexcept;

}  // namespace wws::abi
