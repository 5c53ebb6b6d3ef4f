#include "wasm/instance.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/quantity.h"
#include "wasm/bridge.h"

namespace wws::wasm {

void Instance::Deleter::operator()(wwsb_task* task) const noexcept { wwsb_task_delete(task); }

Instance::Instance(Guest& guest, std::unique_ptr<wwsb_task, Deleter> task) noexcept
    : guest_(&guest), task_(std::move(task)) {}

Result<Instance> Instance::create(const Module& module, std::span<const std::string_view> calls, Guest& guest,
                                  std::uint64_t id) {
  std::array<wwsb_text, kMostCalls> texts{};
  const std::size_t count = std::min(calls.size(), texts.size());
  for (std::size_t i = 0; i < count; ++i) texts[i] = {calls[i].data(), calls[i].size()};
  wwsb_task* task = nullptr;
  if (wwsb_error* error = wwsb_task_new(module.module_.get(), texts.data(), count, &guest,
                                        guest.limits().stack_bytes, id, &task)) {
    return fail(ErrorCode::kBadModule, take_text(error));
  }
  return Instance(guest, std::unique_ptr<wwsb_task, Deleter>(task));
}

Instance::State Instance::poll() noexcept {
  guest_->slice_begins();
  const std::int32_t state = wwsb_task_poll(task_.get());
  guest_->slice_ends();
  switch (state) {
    case WWSB_POLL_YIELDED:
      return State::kYielded;
    case WWSB_POLL_WAITING:
      return State::kWaiting;
    default:
      return State::kDone;
  }
}

std::string_view Instance::backtrace() const noexcept {
  std::size_t size = 0;
  const char* text = wwsb_task_backtrace(task_.get(), &size);
  return {text, size};
}

Result<void> Instance::result() const {
  auto result = bare_result();
  if (!result) result.error().detail = backtrace();
  return result;
}

Result<void> Instance::bare_result() const {
  const std::int32_t outcome = wwsb_task_outcome(task_.get());
  if (outcome == WWSB_RETURNED) return {};
  if (outcome == WWSB_STOPPED) {
    if (guest_->stop_reason()) return std::unexpected(*guest_->stop_reason());
    const std::uint32_t code = guest_->exit_code().value_or(0);
    if (code == 0) return {};
    if (!guest_->growth_refused()) {
      return fail(ErrorCode::kGuestExit, fmt::format("left with exit code {}", code));
    }
  }
  std::size_t size = 0;
  const char* text = wwsb_task_message(task_.get(), &size);
  std::string message(text, size);
  if (outcome == WWSB_STACK_USED_UP) {
    return fail(
        ErrorCode::kStackLimit,
        fmt::format("used up its stack of {}: {}", base::format_size(guest_->limits().stack_bytes), message));
  }
  if (const auto& refused = guest_->growth_refused()) {
    return fail(refused->code,
                fmt::format("{}, and failed{}{}", refused->message, message.empty() ? "" : ": ", message));
  }
  return fail(outcome == WWSB_FAILED ? ErrorCode::kBadModule : ErrorCode::kGuestTrap, std::move(message));
}

void Instance::wake() const noexcept { wwsb_task_wake(task_.get()); }

}  // namespace wws::wasm
