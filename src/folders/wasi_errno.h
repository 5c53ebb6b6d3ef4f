// Errors of the system, as WASI numbers them.
#pragma once

#include <cerrno>

#include "wasm/wasi_preview1.h"

namespace wws::folders {

namespace wasi = wasm::wasi;
using wasi::Errno;

/// What the system's error is for a guest.
[[nodiscard]] Errno to_wasi(int system_error) noexcept;

/// What a system call that returned `outcome` just now is for a guest.
[[nodiscard]] inline Errno result_of(long outcome) noexcept {
  return outcome < 0 ? to_wasi(errno) : Errno::kSuccess;
}

}  // namespace wws::folders
