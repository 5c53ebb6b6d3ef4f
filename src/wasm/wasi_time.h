// Clocks and poll_oneoff of WASI.
#pragma once

#include <cstdint>

#include "wasm/guest.h"
#include "wasm/host_function.h"
#include "wasm/value.h"
#include "wasm/wasi_preview1.h"

namespace wws::wasm {

[[nodiscard]] CallResult<wasi::Errno> clock_res_get(Guest& guest, GuestMemory memory, wasi::ClockId id,
                                                    GuestAddress result) noexcept;
[[nodiscard]] CallResult<wasi::Errno> clock_time_get(Guest& guest, GuestMemory memory, wasi::ClockId id,
                                                     std::uint64_t precision, GuestAddress result) noexcept;

/// Suspends the guest until the first of its clocks is due; its streams are buffers, and always ready.
/// `Preview` is wasi::Preview1 or wasi::Preview0.
template <class Preview>
[[nodiscard]] CallResult<wasi::Errno> poll_oneoff(Guest& guest, GuestMemory memory,
                                                  GuestAddress subscriptions, GuestAddress events,
                                                  std::uint32_t count, GuestAddress result) noexcept;

}  // namespace wws::wasm
