#include "abi/host_functions.h"

#include <vector>

#include "abi/crypto.h"
#include "abi/fetch.h"
#include "abi/http_send.h"
#include "abi/kv.h"
#include "abi/native_exchange.h"
#include "wasm/wasi_stdio.h"

namespace wws::abi {

std::span<const wasm::HostFunction> host_functions() noexcept {
  static const std::vector<wasm::HostFunction> all = [] {
    std::vector<wasm::HostFunction> functions;
    for (const auto more : {wasm::wasi_stdio_functions(), native_functions(), kv_functions(),
                            fetch_functions(), crypto_functions(), http_functions()})
      functions.insert(functions.end(), more.begin(), more.end());
    return functions;
  }();
  return all;
}

}  // namespace wws::abi
