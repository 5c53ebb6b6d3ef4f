// Cryptography, as guests ask for it.
#pragma once

#include <span>

#include "wasm/host_function.h"

namespace wws::abi {

/// The function `crypto` of `wws_v1`. Static lifetime.
[[nodiscard]] std::span<const wasm::HostFunction> crypto_functions() noexcept;

}  // namespace wws::abi
