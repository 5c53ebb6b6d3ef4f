#include "wasm/libraries.h"

#include "wws_bridge.h"

namespace wws::wasm {

std::string_view engine_version() noexcept { return wwsb_wasmtime_version(); }

}  // namespace wws::wasm
