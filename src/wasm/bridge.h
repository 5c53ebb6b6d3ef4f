// Ownership of the bridge's objects. Private to this folder: only its .cc files see the bridge.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "wasm/guest.h"
#include "wws_bridge.h"

namespace wws::wasm {

/// Deletes a bridge object with its own function; `BridgeHandle<&wwsb_task_delete>`.
template <auto kDelete>
struct BridgeDeleter {
  template <class T>
  void operator()(T* object) const noexcept {
    kDelete(object);
  }
};

/// Takes the text out of an error of the bridge and deletes it.
[[nodiscard]] inline std::string take_text(wwsb_error* error) {
  const std::unique_ptr<wwsb_error, BridgeDeleter<&wwsb_error_delete>> owned(error);
  std::size_t size = 0;
  const char* text = wwsb_error_text(owned.get(), &size);
  return std::string(text, size);
}

/// The end of a call in the terms of Guest.
[[nodiscard]] inline Guest::Ending to_ending(std::int32_t outcome) noexcept {
  switch (outcome) {
    case WWSB_RETURNED:
      return Guest::Ending::kReturned;
    case WWSB_STOPPED:
      return Guest::Ending::kStopped;
    case WWSB_TRAPPED:
      return Guest::Ending::kTrapped;
    case WWSB_STACK_USED_UP:
      return Guest::Ending::kStackUsedUp;
    default:
      return Guest::Ending::kFailed;
  }
}

}  // namespace wws::wasm
