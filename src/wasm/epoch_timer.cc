#include "wasm/epoch_timer.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <utility>

#include "base/file.h"
#include "wasm/engine.h"

namespace wws::wasm {
namespace {

// A signal handler reaches only what is global. Written before the timer is armed, and by the handler
// on the same thread: relaxed order is enough.
std::atomic<const Engine*> ticking_engine{nullptr};
std::atomic<timer_t> ticking_timer{};
std::atomic<bool> timer_runs{false};
std::atomic<bool> guest_runs{false};
std::atomic<bool> guest_ran{false};  // since the last tick

constexpr int kSignal = SIGURG;  // ignored by default, and not used by sockets unless asked for

void set_timer(timer_t timer, long nanoseconds) noexcept {
  itimerspec period{};
  period.it_interval.tv_nsec = nanoseconds;
  period.it_value.tv_nsec = nanoseconds;
  timer_settime(timer, 0, &period, nullptr);  // async-signal-safe (POSIX)
}

void on_tick(int) noexcept {
  const int saved = errno;
  const bool ran = guest_ran.exchange(false, std::memory_order_relaxed);
  if (ran || guest_runs.load(std::memory_order_relaxed)) {
    if (const Engine* engine = ticking_engine.load(std::memory_order_relaxed)) engine->tick();
  } else {
    timer_runs.store(false, std::memory_order_relaxed);
    set_timer(ticking_timer.load(std::memory_order_relaxed), 0);
  }
  errno = saved;
}

}  // namespace

Result<EpochTimer> EpochTimer::create(const Engine& engine) {
  struct sigaction action{};
  action.sa_handler = &on_tick;
  // Guests run on fibers with stacks of their own: the handler takes the thread's signal stack.
  action.sa_flags = SA_ONSTACK | SA_RESTART;
  sigemptyset(&action.sa_mask);
  if (sigaction(kSignal, &action, nullptr) != 0) {
    return fail(ErrorCode::kIo, "cannot set the epoch signal's handler: " + base::errno_text(errno));
  }
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = kSignal;
  event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
  timer_t timer{};
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) {
    return fail(ErrorCode::kIo, "cannot make the epoch timer: " + base::errno_text(errno));
  }
  ticking_engine.store(&engine);
  ticking_timer.store(timer);
  return EpochTimer(timer);
}

EpochTimer::EpochTimer(EpochTimer&& other) noexcept
    : timer_(other.timer_), owned_(std::exchange(other.owned_, false)) {}

EpochTimer::~EpochTimer() {
  if (!owned_) return;
  timer_delete(timer_);
  ticking_engine.store(nullptr);
  timer_runs.store(false);
}

void EpochTimer::slice_begins() noexcept {
  guest_ran.store(true, std::memory_order_relaxed);
  guest_runs.store(true, std::memory_order_relaxed);
  if (timer_runs.exchange(true, std::memory_order_relaxed)) return;
  set_timer(timer_, std::chrono::nanoseconds(kPeriod).count());
}

void EpochTimer::slice_ends() noexcept { guest_runs.store(false, std::memory_order_relaxed); }

}  // namespace wws::wasm
