#include "abi/host_functions.h"

#include "wasm/wasi_stdio.h"

namespace wws::abi {

std::span<const wasm::HostFunction> host_functions() noexcept { return wasm::wasi_stdio_functions(); }

}  // namespace wws::abi
