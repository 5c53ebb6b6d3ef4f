// What all functions of `wws_v1` begin with. Private to this folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "abi/guest_context.h"
#include "abi/native_exchange.h"
#include "wasm/guest.h"
#include "wasm/host_function.h"

namespace wws::abi {

using Int = wasm::CallResult<std::int32_t>;

[[nodiscard]] inline Int error(NativeError code) noexcept { return static_cast<std::int32_t>(code); }
[[nodiscard]] inline Int ok_or(std::optional<NativeError> failure) noexcept {
  return failure ? error(*failure) : Int(0);
}

/// Ends a guest whose bytes lie elsewhere.
[[nodiscard]] wasm::CallStatus outside(wasm::Guest& guest, std::string_view function,
                                       wasm::GuestAddress address, std::uint32_t size);
/// Ends a guest that calls a function of its request before it has one.
[[nodiscard]] wasm::CallStatus too_early(wasm::Guest& guest, std::string_view function);

/// Answers `(buffer, capacity)`: the length of the whole, which is written if it fits.
[[nodiscard]] Int fill(wasm::Guest& guest, wasm::GuestMemory memory, std::string_view function,
                       std::string_view whole, wasm::GuestAddress buffer, std::uint32_t capacity);

/// The context of a guest of this ABI while it handles a request; else null.
[[nodiscard]] GuestContext* native_context_of(wasm::Guest& guest) noexcept;
/// The guest's exchange while it handles a request; else null.
[[nodiscard]] NativeExchange* exchange_of(wasm::Guest& guest) noexcept;

}  // namespace wws::abi
