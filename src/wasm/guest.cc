#include "wasm/guest.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/quantity.h"
#include "wasm/host_function.h"

namespace wws::wasm {
namespace {

/// A guest that has run for less than this when a tick comes goes on until the next one: a yield in the
/// middle of a short request would only put it behind others.
constexpr std::chrono::microseconds kUndisturbed{250};
/// Slices end after a millisecond or two. One so long is no accident, even on a machine that is overloaded.
constexpr std::chrono::milliseconds kLongestSlice{500};

}  // namespace

Guest::Guest(const base::Clock& clock, base::Random& random, const GuestLimits& limits,
             WasiStdio::Input input)
    : clock_(clock), random_(random), limits_(limits), wasi_(std::move(input), limits) {}

bool detail::overstays(void* guest) noexcept { return static_cast<Guest*>(guest)->overstays(); }

Guest::AtTick Guest::on_tick() noexcept {
  const base::Instant now = clock_.now();
  if (cpu_time_ + (now - slice_began_) > limits_.cpu_time) {
    stop(ErrorCode::kCpuTimeLimit,
         fmt::format("used up its cpu_time of {}", base::format_duration(limits_.cpu_time)));
    return AtTick::kStop;
  }
  if (now - *started_ >= limits_.time) {
    stop_late();
    return AtTick::kStop;
  }
  return now - slice_began_ < kUndisturbed ? AtTick::kContinue : AtTick::kYield;
}

bool Guest::allow_memory(std::size_t, std::size_t desired) noexcept {
  if (desired <= limits_.memory_bytes) {
    memory_peak_ = std::max(memory_peak_, desired);
    return true;
  }
  growth_refused_ = Error{ErrorCode::kMemoryLimit,
                          fmt::format("was refused {}, more than its memory of {}",
                                      base::format_size(desired), base::format_size(limits_.memory_bytes))};
  return false;
}

bool Guest::allow_table(std::size_t, std::size_t desired) noexcept {
  if (desired <= limits_.table_elements) return true;
  growth_refused_ = Error{ErrorCode::kTableLimit,
                          fmt::format("was refused a table of {}, more than its table_elements of {}",
                                      desired, limits_.table_elements)};
  return false;
}

CallStatus Guest::stop(ErrorCode code, std::string message) noexcept {
  if (!stop_reason_) stop_reason_ = Error{code, std::move(message)};
  return CallStatus::kStop;
}

bool Guest::stop_if_overstays() noexcept {
  if (clock_.now() - slice_began_ < kLongestSlice) return false;
  stop(ErrorCode::kCpuTimeLimit, fmt::format("kept the thread for {} without a loop or a call of its own",
                                             base::format_duration(kLongestSlice)));
  return true;
}

CallStatus Guest::stop_late() noexcept {
  return stop(ErrorCode::kTimeLimit,
              fmt::format("took longer than its time of {}", base::format_duration(limits_.time)));
}

Result<void> Guest::outcome(Ending ending, std::string_view message) const {
  if (ending == Ending::kReturned) return {};
  if (ending == Ending::kStopped) {
    if (stop_reason_) return std::unexpected(*stop_reason_);
    const std::uint32_t code = exit_code_.value_or(0);
    if (code == 0) return {};
    if (!growth_refused_) return fail(ErrorCode::kGuestExit, fmt::format("left with exit code {}", code));
  }
  if (ending == Ending::kStackUsedUp) {
    return fail(ErrorCode::kStackLimit,
                fmt::format("used up its stack of {}: {}", base::format_size(limits_.stack_bytes), message));
  }
  if (growth_refused_) {
    return fail(growth_refused_->code, fmt::format("{}, and failed{}{}", growth_refused_->message,
                                                   message.empty() ? "" : ": ", message));
  }
  return fail(ending == Ending::kFailed ? ErrorCode::kBadModule : ErrorCode::kGuestTrap,
              std::string(message));
}

CallStatus Guest::exit(std::uint32_t code) noexcept {
  exit_code_ = code;
  return CallStatus::kStop;
}

CallStatus Guest::wait_until(base::Instant when) noexcept {
  if (clock_.now() - *started_ >= limits_.time) {
    return stop_late();
  }
  wake_at_ = when;
  return CallStatus::kPending;
}

CallStatus Guest::call_export(const GuestCall& call) noexcept {
  wanted_call_ = call;
  call_result_.reset();
  return CallStatus::kCallGuest;
}

base::Instant Guest::wait_begins() noexcept {
  if (!wait_began_) wait_began_ = clock_.now();
  return *wait_began_;
}

base::Instant Guest::wake_at() const noexcept { return std::min(wake_at_, *started_ + limits_.time); }

}  // namespace wws::wasm
