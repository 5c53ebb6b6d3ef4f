// Errors of the system, as WASI numbers them.
#pragma once

#include "wasm/wasi_preview1.h"

namespace wws::folders {

namespace wasi = wasm::wasi;
using wasi::Errno;

/// What the system's error is for a guest.
[[nodiscard]] Errno to_wasi(int system_error) noexcept;

}  // namespace wws::folders
