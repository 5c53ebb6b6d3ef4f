#include "wasm/instance.h"

#include <fmt/format.h>

#include <utility>

#include "wasm/bridge.h"

namespace wws::wasm {

void Instance::Deleter::operator()(wwsb_task* task) const noexcept { wwsb_task_delete(task); }

Instance::Instance(Guest& guest, std::unique_ptr<wwsb_task, Deleter> task) noexcept
    : guest_(&guest), task_(std::move(task)) {}

Result<Instance> Instance::create(const Module& module, std::string_view entry, Guest& guest,
                                  std::uint64_t id) {
  wwsb_task* task = nullptr;
  if (wwsb_error* error =
          wwsb_task_new(module.module_.get(), entry.data(), entry.size(), &guest, id, &task)) {
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

Result<void> Instance::result() const {
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
  if (guest_->growth_refused()) {
    return fail(ErrorCode::kMemoryLimit,
                fmt::format("failed after it was refused more than its {} bytes of memory{}{}",
                            guest_->limits().memory_bytes, message.empty() ? "" : ": ", message));
  }
  return fail(outcome == WWSB_FAILED ? ErrorCode::kBadModule : ErrorCode::kGuestTrap, std::move(message));
}

void Instance::wake() const noexcept { wwsb_task_wake(task_.get()); }

}  // namespace wws::wasm
