#include "abi/version.h"

#include <fmt/format.h>

#include <string_view>

#include "abi/native_exchange.h"
#include "base/log.h"

namespace wws::abi {

Result<void> check_version(const wasm::ModuleOutline& outline) {
  constexpr std::string_view kPrefix = "wws_v";
  for (const auto& import : outline.imports) {
    if (!import.module.starts_with(kPrefix) || import.module == kNativeModule) continue;
    return fail(
        ErrorCode::kBadModule,
        fmt::format("speaks {} of the native ABI, and this server version 1 ({}): build it with the kit of "
                    "this server",
                    log::escaped(import.module.substr(0, 20)), kNativeModule));
  }
  return {};
}

}  // namespace wws::abi
