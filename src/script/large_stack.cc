#include "script/large_stack.h"

#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <cerrno>
#include <cstdint>
#include <vector>

#include "base/file.h"
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

namespace wws::script {
namespace {

constexpr std::size_t kSignalStack = std::size_t{64} << 10;
/// Below the stack: what a frame may skip without touching it.
constexpr std::size_t kGuard = std::size_t{1} << 20;

/// A stack with room below it that nothing may touch.
class Stack {
 public:
  Stack()
      : memory_(mmap(nullptr, kGuard + kLargeStack, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0)) {
    if (memory_ != MAP_FAILED) mprotect(memory_, kGuard, PROT_NONE);
  }
  ~Stack() {
    if (memory_ != MAP_FAILED) munmap(memory_, kGuard + kLargeStack);
  }
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  [[nodiscard]] bool failed() const noexcept { return memory_ == MAP_FAILED; }
  [[nodiscard]] char* guard() const noexcept { return static_cast<char*>(memory_); }
  [[nodiscard]] char* begin() const noexcept { return guard() + kGuard; }

 private:
  void* memory_;
};

/// The call that runs. What is on the other stack, and the signal handler, know it from here.
struct Call {
  const std::function<void()>* work = nullptr;
  void (*overflowed)() = nullptr;
  const Stack* stack = nullptr;
  struct sigaction before{};
  ucontext_t caller{};
  ucontext_t callee{};
};
Call* call = nullptr;

void on_fault(int, siginfo_t* info, void*) {
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  const auto guard = reinterpret_cast<std::uintptr_t>(call->stack->guard());
  if (address >= guard && address < guard + kGuard) call->overflowed();
  // Returning runs the instruction again, and so the handler that was there before.
  sigaction(SIGSEGV, &call->before, nullptr);
}

/// Handlers run on a stack of their own while it lives, and SIGSEGV is on_fault()'s.
class FaultHandler {
 public:
  FaultHandler() : stack_(kSignalStack) {
    stack_t own{};
    own.ss_sp = stack_.data();
    own.ss_size = stack_.size();
    sigaltstack(&own, &stack_before_);
    struct sigaction action{};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaction(SIGSEGV, &action, &call->before);
  }
  ~FaultHandler() {
    sigaction(SIGSEGV, &call->before, nullptr);
    sigaltstack(&stack_before_, nullptr);
  }
  FaultHandler(const FaultHandler&) = delete;
  FaultHandler& operator=(const FaultHandler&) = delete;

 private:
  std::vector<char> stack_;
  stack_t stack_before_{};
};

/// AddressSanitizer is told of the change between stacks.
#ifdef __SANITIZE_ADDRESS__
void leave_for(const void* bottom, std::size_t size) {
  __sanitizer_start_switch_fiber(nullptr, bottom, size);
}
void arrive(const void** bottom, std::size_t* size) {
  __sanitizer_finish_switch_fiber(nullptr, bottom, size);
}
#else
void leave_for(const void*, std::size_t) {}
void arrive(const void**, std::size_t*) {}
#endif

void run() {
  const void* caller_bottom = nullptr;
  std::size_t caller_size = 0;
  arrive(&caller_bottom, &caller_size);
  (*call->work)();
  leave_for(caller_bottom, caller_size);
}

}  // namespace

Result<void> on_large_stack(const std::function<void()>& work, void (*overflowed)()) {
  const Stack stack;
  if (stack.failed()) return fail(ErrorCode::kIo, "no memory for a stack: " + base::errno_text(errno));
  Call here;
  here.work = &work;
  here.overflowed = overflowed;
  here.stack = &stack;
  call = &here;
  const FaultHandler handler;
  getcontext(&here.callee);
  here.callee.uc_stack.ss_sp = stack.begin();
  here.callee.uc_stack.ss_size = kLargeStack;
  here.callee.uc_link = &here.caller;
  makecontext(&here.callee, run, 0);
  leave_for(stack.begin(), kLargeStack);
  swapcontext(&here.caller, &here.callee);
  arrive(nullptr, nullptr);
  return {};
}

}  // namespace wws::script
