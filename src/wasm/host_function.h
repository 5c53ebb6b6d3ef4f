// Functions of ours that a guest imports, described by their C++ signature.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include "wasm/value.h"

namespace wws::wasm {

class Guest;

/// How a host call ends.
enum class CallStatus : std::int32_t {
  kDone = 0,       ///< the result is for the guest
  kPending = 1,    ///< only functions that suspend: call again at the guest's next poll
  kStop = 2,       ///< end the guest; the reason is in Guest::stop_reason()
  kCallGuest = 3,  ///< only functions that suspend: call Guest::wanted_call(), then this function again
};

/// A host call's end and, if it is kDone, its result.
template <class T>
struct CallResult {
  CallStatus status = CallStatus::kDone;
  T value{};

  CallResult(T result) noexcept : value(result) {}                  // NOLINT: a result is the usual end
  CallResult(CallStatus other_end) noexcept : status(other_end) {}  // NOLINT: so is a status
};

/// Whether a host function may suspend its guest. One that may costs more per call.
enum class Suspends : std::int32_t {
  kNever = 0,
  kMay = 1,
  kForFiles = 2,  ///< only in an engine whose guests may have files (WaitsFor)
};

/// What the engine needs to know of one host function. Plain data with static lifetime.
struct HostFunction {
  using Call = std::int32_t (*)(void* guest, GuestMemory memory, Value* values);
  const char* module = nullptr;
  const char* name = nullptr;
  const char* parameters = nullptr;  ///< one letter a parameter: i I f F
  const char* results = nullptr;
  Suspends suspends = Suspends::kNever;
  Call call = nullptr;
};

namespace detail {

template <class T>
constexpr char letter() {
  if constexpr (std::is_enum_v<T>) {
    return letter<std::underlying_type_t<T>>();
  } else if constexpr (std::is_integral_v<T>) {
    return sizeof(T) <= 4 ? 'i' : 'I';
  } else {
    static_assert(std::is_floating_point_v<T>, "host functions take and return numbers");
    return sizeof(T) == 4 ? 'f' : 'F';
  }
}

template <class T>
T get(const Value& value) noexcept {
  switch (letter<T>()) {
    case 'i':
      return static_cast<T>(value.i32);
    case 'I':
      return static_cast<T>(value.i64);
    case 'f':
      return static_cast<T>(value.f32);
    default:
      return static_cast<T>(value.f64);
  }
}

template <class T>
void set(Value& value, T result) noexcept {
  if constexpr (letter<T>() == 'i') {
    value.i32 = static_cast<std::int32_t>(result);
  } else if constexpr (letter<T>() == 'I') {
    value.i64 = static_cast<std::int64_t>(result);
  } else if constexpr (letter<T>() == 'f') {
    value.f32 = result;
  } else {
    value.f64 = result;
  }
}

/// Guest::overstays(), out of line: a guest includes this header.
[[nodiscard]] bool overstays(void* guest) noexcept;

template <auto kFunction, class Signature>
struct Binding;

/// Turns `CallResult<R> f(Guest&, GuestMemory, Args...) noexcept` into the raw form.
template <auto kFunction, class R, class... Args>
struct Binding<kFunction, CallResult<R> (*)(Guest&, GuestMemory, Args...) noexcept> {
  static constexpr std::array<char, sizeof...(Args) + 1> kParameters = {letter<Args>()..., '\0'};
  static constexpr std::array<char, 2> kResults = {letter<R>(), '\0'};

  static std::int32_t call(void* guest, GuestMemory memory, Value* values) noexcept {
    const std::int32_t status =
        call_with(*static_cast<Guest*>(guest), memory, values, std::index_sequence_for<Args...>{});
    return overstays(guest) ? static_cast<std::int32_t>(CallStatus::kStop) : status;
  }

 private:
  template <std::size_t... I>
  static std::int32_t call_with(Guest& guest, GuestMemory memory, Value* values,
                                std::index_sequence<I...>) noexcept {
    const CallResult<R> result = kFunction(guest, memory, get<Args>(values[I])...);
    if (result.status == CallStatus::kDone) set<R>(values[0], result.value);
    return static_cast<std::int32_t>(result.status);
  }
};

/// The same for a function without result: it returns its CallStatus.
template <auto kFunction, class... Args>
struct Binding<kFunction, CallStatus (*)(Guest&, GuestMemory, Args...) noexcept> {
  static constexpr std::array<char, sizeof...(Args) + 1> kParameters = {letter<Args>()..., '\0'};
  static constexpr std::array<char, 1> kResults = {'\0'};

  static std::int32_t call(void* guest, GuestMemory memory, Value* values) noexcept {
    const std::int32_t status =
        call_with(*static_cast<Guest*>(guest), memory, values, std::index_sequence_for<Args...>{});
    return overstays(guest) ? static_cast<std::int32_t>(CallStatus::kStop) : status;
  }

 private:
  template <std::size_t... I>
  static std::int32_t call_with(Guest& guest, GuestMemory memory, [[maybe_unused]] Value* values,
                                std::index_sequence<I...>) noexcept {
    return static_cast<std::int32_t>(kFunction(guest, memory, get<Args>(values[I])...));
  }
};

}  // namespace detail

/// `host_function<&fd_write>("wasi_snapshot_preview1", "fd_write")`. The WebAssembly signature follows
/// from the C++ one: integers up to 32 bits and enums are i32, 64 bits i64, float f32, double f64.
template <auto kFunction>
constexpr HostFunction host_function(const char* module, const char* name,
                                     Suspends suspends = Suspends::kNever) {
  using Bound = detail::Binding<kFunction, decltype(kFunction)>;
  return HostFunction{module,   name,        Bound::kParameters.data(), Bound::kResults.data(),
                      suspends, &Bound::call};
}

}  // namespace wws::wasm
