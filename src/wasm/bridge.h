// Ownership of the bridge's objects. Private to this folder: only its .cc files see the bridge.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
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

}  // namespace wws::wasm
