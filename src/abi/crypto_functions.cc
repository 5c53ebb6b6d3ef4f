// The function `crypto` of `wws_v1`. docs/abi.md says what it does.
#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <span>

#include "abi/crypto.h"
#include "abi/native_call.h"
#include "abi/native_exchange.h"
#include "crypto/call.h"

namespace wws::abi {
namespace {

using wasm::CallStatus;
using wasm::Guest;
using wasm::GuestAddress;
using wasm::GuestMemory;

constexpr std::uint32_t kMostInputs = 16;
/// A guest that computes for so long gives the thread to others.
constexpr std::chrono::milliseconds kSlice{1};

/// A call that others had a turn in.
struct ComputingCall final : SuspendedCall {
  explicit ComputingCall(crypto::Call its_call) : call(std::move(its_call)) {}
  crypto::Call call;
};

/// The guest's bytes: views, good until it runs again.
class Arguments {
 public:
  /// How it went: std::nullopt, or how the host call ends.
  std::optional<Int> read(Guest& guest, GuestMemory memory, GuestAddress list, std::uint32_t count,
                          GuestAddress buffer, std::uint32_t capacity) noexcept {
    constexpr std::uint32_t kEntry = 2 * sizeof(std::uint32_t);
    if (count > kMostInputs) return error(NativeError::kInvalid);
    if (!memory.bytes(list, count * kEntry)) return outside(guest, "crypto", list, count * kEntry);
    const auto output = memory.bytes(buffer, capacity);
    if (!output) return outside(guest, "crypto", buffer, capacity);
    output_ = bytes_of(*output);
    for (std::uint32_t i = 0; i < count; ++i) {
      const GuestAddress entry = list + i * kEntry;
      const GuestAddress address{*memory.load<std::uint32_t>(entry)};
      const std::uint32_t size = *memory.load<std::uint32_t>(entry + kEntry / 2);
      const auto input = memory.bytes(address, size);
      if (!input) return outside(guest, "crypto", address, size);
      inputs_.at(i) = bytes_of(*input);
      if (overlaps(inputs_.at(i))) return error(NativeError::kInvalid);
    }
    count_ = count;
    return std::nullopt;
  }
  [[nodiscard]] std::span<const crypto::Bytes> inputs() const noexcept {
    return std::span(inputs_).first(count_);
  }
  [[nodiscard]] std::span<std::uint8_t> output() const noexcept { return output_; }

 private:
  template <class Span>
  static std::span<std::uint8_t> bytes_of(Span span) noexcept {
    return {reinterpret_cast<std::uint8_t*>(span.data()), span.size()};
  }
  [[nodiscard]] bool overlaps(crypto::Bytes input) const noexcept {
    return !input.empty() && !output_.empty() && input.data() < output_.data() + output_.size() &&
           output_.data() < input.data() + input.size();
  }
  std::array<crypto::Bytes, kMostInputs> inputs_;
  std::uint32_t count_ = 0;
  std::span<std::uint8_t> output_;
};

NativeError to_native(crypto::Failure failure) noexcept {
  switch (failure) {
    case crypto::Failure::kInvalid:
      return NativeError::kInvalid;
    case crypto::Failure::kLimit:
      return NativeError::kLimit;
    case crypto::Failure::kKey:
      return NativeError::kKey;
    case crypto::Failure::kFailed:
      break;
  }
  return NativeError::kFailed;
}

/// Computes until it is done, the guest's limits are used up, or it is the turn of others. Who prepares a
/// module in a process of its own attaches no context, and has no others.
Int compute(Guest& guest, GuestContext* context, const crypto::Request& request) noexcept {
  std::unique_ptr<SuspendedCall> suspended =
      context != nullptr ? std::move(context->suspended_call) : nullptr;
  crypto::Call fresh;
  crypto::Call& call = suspended ? static_cast<ComputingCall&>(*suspended).call : fresh;
  const base::Instant turn_ends = guest.clock().now() + kSlice;
  for (;;) {
    if (const auto outcome = call.step(request)) {
      return *outcome ? Int(static_cast<std::int32_t>(**outcome)) : error(to_native(outcome->error()));
    }
    // A guest that is in here meets no tick.
    if (guest.on_tick() == Guest::AtTick::kStop) return CallStatus::kStop;
    if (context == nullptr || guest.clock().now() < turn_ends) continue;
    if (!suspended) suspended = std::make_unique<ComputingCall>(std::move(fresh));
    context->suspended_call = std::move(suspended);
    return guest.wait_until(guest.clock().now());
  }
}

Int crypto(Guest& guest, GuestMemory memory, std::uint32_t operation, std::uint32_t hash,
           std::uint32_t number, GuestAddress inputs, std::uint32_t count, GuestAddress buffer,
           std::uint32_t capacity) noexcept {
  Arguments arguments;
  if (const auto refused = arguments.read(guest, memory, inputs, count, buffer, capacity)) return *refused;
  return compute(
      guest, static_cast<GuestContext*>(guest.host_state()),
      {crypto::Operation{operation}, crypto::Hash{hash}, number, arguments.inputs(), arguments.output()});
}

constexpr std::array kCryptoFunctions = {
    wasm::host_function<&crypto>(kNativeModule, "crypto", wasm::Suspends::kMay),
};

}  // namespace

std::span<const wasm::HostFunction> crypto_functions() noexcept { return kCryptoFunctions; }

}  // namespace wws::abi
