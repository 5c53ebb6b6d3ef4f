// `http.send-http-request`, the outgoing HTTP of wws 1.4 to 1.7, for modules that are compiled already.
#pragma once

#include <span>

#include "wasm/host_function.h"

namespace wws::abi {

/// The module that it is imported from.
inline constexpr const char* kHttpModule = "http";

/// The functions of module `http`, for guests of every ABI. Their parameters are those of the canonical ABI
/// that wit-bindgen 0.2 had; memory for answers is had from the guest's `canonical_abi_realloc`. Static
/// lifetime.
[[nodiscard]] std::span<const wasm::HostFunction> http_functions() noexcept;

}  // namespace wws::abi
