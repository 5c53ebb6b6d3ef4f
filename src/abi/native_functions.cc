// The functions of `wws_v1`, over NativeExchange. docs/abi.md says what each does.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "abi/native_call.h"
#include "abi/native_exchange.h"
#include "base/quantity.h"

namespace wws::abi {
namespace {

using wasm::CallResult;
using wasm::Guest;
using wasm::GuestAddress;
using wasm::GuestMemory;

constexpr std::uint32_t kMostOperations = 1024;
/// Guests see time in steps of a millisecond, as in WASI: a fine clock is what timing attacks are made of.
constexpr std::int64_t kClockStep = 1'000'000;
/// The thread is not given to others during a call: so many random bytes in one call, and in all.
constexpr std::uint32_t kMostRandomBytes = 1U << 20;
constexpr std::uint64_t kAllRandomBytes = 4U << 20;

// --- the request ---

Int request_get(Guest& guest, GuestMemory memory, std::uint32_t field, GuestAddress buffer,
                std::uint32_t capacity) noexcept {
  NativeExchange* exchange = exchange_of(guest);
  if (exchange == nullptr) return too_early(guest, "request_get");
  if (field > static_cast<std::uint32_t>(RequestField::kSentPath)) return error(NativeError::kInvalid);
  const auto value = exchange->field(RequestField{field});
  if (!value) return error(NativeError::kAbsent);
  return fill(guest, memory, "request_get", *value, buffer, capacity);
}

Int request_headers(Guest& guest, GuestMemory memory, GuestAddress buffer, std::uint32_t capacity) noexcept {
  NativeExchange* exchange = exchange_of(guest);
  if (exchange == nullptr) return too_early(guest, "request_headers");
  return fill(guest, memory, "request_headers", exchange->headers(), buffer, capacity);
}

Int request_header(Guest& guest, GuestMemory memory, GuestAddress name, std::uint32_t name_length,
                   GuestAddress buffer, std::uint32_t capacity) noexcept {
  NativeExchange* exchange = exchange_of(guest);
  if (exchange == nullptr) return too_early(guest, "request_header");
  const auto wanted = memory.text(name, name_length);
  if (!wanted) return outside(guest, "request_header", name, name_length);
  const auto value = exchange->header(*wanted);
  if (!value) return error(NativeError::kAbsent);
  return fill(guest, memory, "request_header", *value, buffer, capacity);
}

Int request_params(Guest& guest, GuestMemory memory, GuestAddress buffer, std::uint32_t capacity) noexcept {
  NativeExchange* exchange = exchange_of(guest);
  if (exchange == nullptr) return too_early(guest, "request_params");
  return fill(guest, memory, "request_params", exchange->parameters(), buffer, capacity);
}

Int request_vars(Guest& guest, GuestMemory memory, GuestAddress buffer, std::uint32_t capacity) noexcept {
  NativeExchange* exchange = exchange_of(guest);
  if (exchange == nullptr) return too_early(guest, "request_vars");
  return fill(guest, memory, "request_vars", exchange->vars(), buffer, capacity);
}

Int request_body_read(Guest& guest, GuestMemory memory, GuestAddress buffer,
                      std::uint32_t capacity) noexcept {
  NativeExchange* exchange = exchange_of(guest);
  if (exchange == nullptr) return too_early(guest, "request_body_read");
  const auto target = memory.bytes(buffer, capacity);
  if (!target) return outside(guest, "request_body_read", buffer, capacity);
  const auto taken = exchange->read_body(capacity);
  if (!taken) return error(taken.error());
  std::copy(taken->begin(), taken->end(), target->begin());
  return static_cast<std::int32_t>(taken->size());
}

// --- the answer ---

Int response_status(Guest& guest, GuestMemory, std::int32_t status) noexcept {
  NativeExchange* exchange = exchange_of(guest);
  if (exchange == nullptr) return too_early(guest, "response_status");
  return ok_or(exchange->set_status(status));
}

Int response_header(Guest& guest, GuestMemory memory, GuestAddress name, std::uint32_t name_length,
                    GuestAddress value, std::uint32_t value_length) noexcept {
  NativeExchange* exchange = exchange_of(guest);
  if (exchange == nullptr) return too_early(guest, "response_header");
  const auto name_text = memory.text(name, name_length);
  if (!name_text) return outside(guest, "response_header", name, name_length);
  const auto value_text = memory.text(value, value_length);
  if (!value_text) return outside(guest, "response_header", value, value_length);
  return ok_or(exchange->add_header(*name_text, *value_text));
}

Int response_body_write(Guest& guest, GuestMemory memory, GuestAddress bytes, std::uint32_t length) noexcept {
  NativeExchange* exchange = exchange_of(guest);
  if (exchange == nullptr) return too_early(guest, "response_body_write");
  const auto text = memory.text(bytes, length);
  if (!text) return outside(guest, "response_body_write", bytes, length);
  const auto taken = exchange->write_body(*text);
  if (taken) return static_cast<std::int32_t>(*taken);
  if (taken.error() != NativeError::kLimit) return error(taken.error());
  return guest.stop(ErrorCode::kOutputLimit,
                    "wrote more than its output of " + base::format_size(guest.limits().output_bytes));
}

Int response_finish(Guest& guest, GuestMemory) noexcept {
  NativeExchange* exchange = exchange_of(guest);
  if (exchange == nullptr) return too_early(guest, "response_finish");
  return ok_or(exchange->finish());
}

// --- waiting ---

/// `from` and so much later, or as late as there is.
base::Instant later(base::Instant from, std::int64_t nanoseconds) noexcept {
  const std::chrono::nanoseconds time(nanoseconds);
  return time < base::Instant::max() - from ? from + time : base::Instant::max();
}

Int timer(Guest& guest, GuestMemory, std::int64_t nanoseconds) noexcept {
  NativeExchange* exchange = exchange_of(guest);
  if (exchange == nullptr) return too_early(guest, "timer");
  if (nanoseconds < 0) return error(NativeError::kInvalid);
  const auto number = exchange->operations().add_timer(later(guest.clock().now(), nanoseconds));
  return number ? Int(static_cast<std::int32_t>(*number)) : error(number.error());
}

Int wait(Guest& guest, GuestMemory memory, GuestAddress operations, std::uint32_t count) noexcept {
  NativeExchange* exchange = exchange_of(guest);
  if (exchange == nullptr) return too_early(guest, "wait");
  if (count == 0 || count > kMostOperations) return error(NativeError::kInvalid);
  const auto size = static_cast<std::uint32_t>(count * sizeof(std::uint32_t));
  if (!memory.bytes(operations, size)) return outside(guest, "wait", operations, size);
  const base::Instant now = guest.clock().now();
  base::Instant first = base::Instant::max();
  std::optional<std::pair<std::uint32_t, std::uint32_t>> ready;  // place, operation
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto operation =
        *memory.load<std::uint32_t>(operations + static_cast<std::uint32_t>(i * sizeof(std::uint32_t)));
    const auto when = exchange->operations().ready_at(operation);
    if (!when) return error(NativeError::kInvalid);
    if (*when <= now && !ready) ready = {i, operation};
    first = std::min(first, *when);
  }
  if (!ready) return guest.wait_until(first);
  exchange->operations().told(ready->second);
  return static_cast<std::int32_t>(ready->first);
}

Int cancel(Guest& guest, GuestMemory, std::uint32_t operation) noexcept {
  NativeExchange* exchange = exchange_of(guest);
  if (exchange == nullptr) return too_early(guest, "cancel");
  return exchange->operations().cancel(operation) ? Int(0) : error(NativeError::kInvalid);
}

Int sleep(Guest& guest, GuestMemory, std::int64_t nanoseconds) noexcept {
  const NativeExchange* exchange = exchange_of(guest);
  if (exchange == nullptr) return too_early(guest, "sleep");
  if (nanoseconds < 0) return error(NativeError::kInvalid);
  const base::Instant end = later(guest.wait_begins(), nanoseconds);
  if (guest.clock().now() < end && !exchange->is_closed()) return guest.wait_until(end);
  guest.wait_ends();
  return 0;
}

// --- other ---

Int log_line(Guest& guest, GuestMemory memory, std::uint32_t level, GuestAddress text,
             std::uint32_t length) noexcept {
  constexpr std::array kLevels = {log::Level::kError, log::Level::kWarn, log::Level::kInfo,
                                  log::Level::kDebug};
  if (level >= kLevels.size()) return error(NativeError::kInvalid);
  const auto line = memory.text(text, length);
  if (!line) return outside(guest, "log", text, length);
  guest.wasi().write_log(kLevels[level], *line);
  return 0;
}

CallResult<std::int64_t> clock(Guest& guest, GuestMemory, std::uint32_t id) noexcept {
  const auto in_steps = [](auto since) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count() / kClockStep * kClockStep;
  };
  if (id == 0) return in_steps(guest.clock().wall().time_since_epoch());
  if (id == 1) return in_steps(guest.clock().now().time_since_epoch());
  return static_cast<std::int64_t>(NativeError::kInvalid);
}

Int random(Guest& guest, GuestMemory memory, GuestAddress buffer, std::uint32_t length) noexcept {
  const auto target = memory.bytes(buffer, length);
  if (!target) return outside(guest, "random", buffer, length);
  if (length > kMostRandomBytes || !guest.wasi().take_random(length, kAllRandomBytes)) {
    return error(NativeError::kLimit);
  }
  if (guest.random().fill(*target)) return 0;
  return guest.stop(ErrorCode::kInternal, "wws_v1.random: the system gives no random bytes");
}

constexpr std::array kExchangeFunctions = {
    wasm::host_function<&request_get>(kNativeModule, "request_get"),
    wasm::host_function<&request_headers>(kNativeModule, "request_headers"),
    wasm::host_function<&request_header>(kNativeModule, "request_header"),
    wasm::host_function<&request_params>(kNativeModule, "request_params"),
    wasm::host_function<&request_vars>(kNativeModule, "request_vars"),
    wasm::host_function<&request_body_read>(kNativeModule, "request_body_read"),
    wasm::host_function<&response_status>(kNativeModule, "response_status"),
    wasm::host_function<&response_header>(kNativeModule, "response_header"),
    wasm::host_function<&response_body_write>(kNativeModule, "response_body_write"),
    wasm::host_function<&response_finish>(kNativeModule, "response_finish"),
    wasm::host_function<&timer>(kNativeModule, "timer"),
    wasm::host_function<&wait>(kNativeModule, "wait", wasm::Suspends::kMay),
    wasm::host_function<&cancel>(kNativeModule, "cancel"),
    wasm::host_function<&sleep>(kNativeModule, "sleep", wasm::Suspends::kMay),
    wasm::host_function<&log_line>(kNativeModule, "log"),
    wasm::host_function<&clock>(kNativeModule, "clock"),
    wasm::host_function<&random>(kNativeModule, "random"),
};

}  // namespace

std::span<const wasm::HostFunction> native_functions() noexcept { return kExchangeFunctions; }

}  // namespace wws::abi
