// Cryptography, which the server computes.
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "native.h"
#include "value.h"
#include "wws_v1.h"

namespace wws::js {
namespace {

constexpr std::size_t kMostInputs = 16;

void* resize_bytes(JSRuntime* runtime, void*, void* bytes, std::size_t size) {
  return js_realloc_rt(runtime, bytes, size);
}

/// compute(operation, hash, number, room, ...inputs): its bytes, or a code below 0. Inputs are bytes.
JSValue compute(JSContext* context, JSValueConst, int count, JSValueConst* arguments) {
  constexpr int kFirstInput = 4;
  std::array<std::uint32_t, kFirstInput> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (JS_ToUint32(context, &numbers[i], arguments[i]) < 0) return JS_EXCEPTION;
  }
  const auto [operation, hash, number, room] = numbers;
  std::array<wws_v1_bytes, kMostInputs> inputs{};
  std::size_t inputs_count = 0;
  for (int i = kFirstInput; i < count && inputs_count < inputs.size(); ++i) {
    const auto bytes = bytes_of(arguments[i]);
    inputs[inputs_count++] = {bytes.data(), bytes.size()};
  }
  auto* buffer = static_cast<std::uint8_t*>(js_malloc(context, room + 1));
  if (buffer == nullptr) return JS_EXCEPTION;
  const std::int32_t size = wws_v1_crypto(operation, hash, number, inputs.data(), inputs_count, buffer, room);
  if (size < 0 || static_cast<std::uint32_t>(size) > room) {
    js_free(context, buffer);
    return JS_NewInt32(context, size < 0 ? size : WWS_V1_LIMIT);
  }
  auto* fitted = static_cast<std::uint8_t*>(js_realloc(context, buffer, static_cast<std::size_t>(size) + 1));
  return JS_NewUint8Array(context, fitted == nullptr ? buffer : fitted, static_cast<std::size_t>(size),
                          resize_bytes, nullptr, false);
}

const JSCFunctionListEntry kCryptoFunctions[] = {JS_CFUNC_DEF("compute", 4, compute)};

}  // namespace

NativeFunctions crypto_functions() noexcept { return {kCryptoFunctions, std::size(kCryptoFunctions)}; }

}  // namespace wws::js
