#include "abi/host_functions.h"

#include <vector>

#include "abi/kv.h"
#include "abi/native_exchange.h"
#include "wasm/wasi_stdio.h"

namespace wws::abi {

std::span<const wasm::HostFunction> host_functions() noexcept {
  static const std::vector<wasm::HostFunction> all = [] {
    const auto wasi = wasm::wasi_stdio_functions();
    const auto native = native_functions();
    const auto store = kv_functions();
    std::vector<wasm::HostFunction> functions(wasi.begin(), wasi.end());
    functions.insert(functions.end(), native.begin(), native.end());
    functions.insert(functions.end(), store.begin(), store.end());
    return functions;
  }();
  return all;
}

}  // namespace wws::abi
