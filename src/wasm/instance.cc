#include "wasm/instance.h"

#include <utility>

#include "wasm/bridge.h"

namespace wws::wasm {

void Instance::Deleter::operator()(wwsb_task* task) const noexcept { wwsb_task_delete(task); }

Instance::Instance(Guest& guest, std::unique_ptr<wwsb_task, Deleter> task) noexcept
    : guest_(&guest), task_(std::move(task)) {}

Result<Instance> Instance::create(const Module& module, const Calls& calls, Guest& guest, std::uint64_t id) {
  wwsb_task* task = nullptr;
  if (wwsb_error* error = wwsb_task_new(module.module_.get(), calls.calls_.get(), &guest,
                                        guest.limits().stack_bytes, id, &task)) {
    return fail(ErrorCode::kInternal, take_text(error));
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
  std::size_t size = 0;
  const char* text = wwsb_task_message(task_.get(), &size);
  return guest_->outcome(to_ending(wwsb_task_outcome(task_.get())), {text, size});
}

void Instance::wake() const noexcept { wwsb_task_wake(task_.get()); }

}  // namespace wws::wasm
