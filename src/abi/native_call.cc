#include "abi/native_call.h"

#include <fmt/format.h>

namespace wws::abi {

wasm::CallStatus outside(wasm::Guest& guest, std::string_view function, wasm::GuestAddress address,
                         std::uint32_t size) {
  return guest.stop(ErrorCode::kGuestTrap,
                    fmt::format("wws_v1.{}: {} bytes at address {} are outside of its memory", function, size,
                                wasm::to_offset(address)));
}

wasm::CallStatus too_early(wasm::Guest& guest, std::string_view function) {
  return guest.stop(ErrorCode::kGuestTrap,
                    fmt::format("wws_v1.{}: there is no request before wws_handle is called", function));
}

NativeExchange* exchange_of(wasm::Guest& guest) noexcept {
  // Nothing else is ever attached.
  return guest.is_in_entry() ? static_cast<NativeExchange*>(guest.host_state()) : nullptr;
}

}  // namespace wws::abi
