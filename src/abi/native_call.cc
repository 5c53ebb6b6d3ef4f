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

Int fill(wasm::Guest& guest, wasm::GuestMemory memory, std::string_view function, std::string_view whole,
         wasm::GuestAddress buffer, std::uint32_t capacity) {
  if (!memory.bytes(buffer, capacity)) return outside(guest, function, buffer, capacity);
  if (whole.size() <= capacity) (void)memory.write(buffer, whole);
  return static_cast<std::int32_t>(whole.size());
}

GuestContext* native_context_of(wasm::Guest& guest) noexcept {
  GuestContext* context = context_of(guest);
  return context != nullptr && context->exchange() != nullptr ? context : nullptr;
}

NativeExchange* exchange_of(wasm::Guest& guest) noexcept {
  const GuestContext* context = context_of(guest);
  return context == nullptr ? nullptr : context->exchange();
}

}  // namespace wws::abi
