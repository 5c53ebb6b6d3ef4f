// Prints the functions of the native ABI as the server has them, one a line: name, parameters, result, as one
// letter each (i: 32 bits, I: 64 bits). For tests/check_abi.
#include <cstdio>
#include <string_view>

#include "abi/host_functions.h"

int main() {
  for (const wws::wasm::HostFunction& function : wws::abi::host_functions()) {
    if (std::string_view(function.module) != "wws_v1") continue;
    std::printf("%s (%s) %s\n", function.name, function.parameters, function.results);
  }
}
