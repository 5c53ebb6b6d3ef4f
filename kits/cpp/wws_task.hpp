/// Coroutines for workers that do several things at once: each waits for itself, in one thread.
///
///     wws::Task<> tick(wws::Response& response) {
///       for (int i = 0; i < 3; ++i) {
///         co_await wws::sleep(std::chrono::milliseconds(100));
///         co_await wws::write(response, "tick\n");
///       }
///     }
///     WWS_HANDLER(request, response) { wws::run(tick(response)); }
///
/// What blocks (sleep_for, Body::read, Response::write) still holds up everything; the functions here let
/// other tasks go on. An exception that leaves a task ends the worker.
#pragma once

#include <coroutine>
#include <tuple>
#include <vector>

#include "wws.hpp"

namespace wws {

template <class T = void>
class Task;

namespace detail {

[[noreturn]] inline void give_up(std::string_view why) {
  log::write(Level::error, why);
  std::abort();
}

struct Link {
  Link* next;
  Link* previous;
};
/// A ring of the Waiters that wait, and this one.
inline constinit Link waiting{&waiting, &waiting};

/// `co_await Waiter(operation)`: the coroutine goes on when the operation is ready. Forgotten if it is
/// destroyed.
class Waiter : private Link {
 public:
  explicit Waiter(std::uint32_t operation) noexcept : Link{nullptr, nullptr}, operation_(operation) {}
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() {
    if (next != nullptr) leave();
  }

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> coroutine) noexcept {
    coroutine_ = coroutine;
    // At the end: the server gives the first that is ready, so those that wait longest come before.
    next = &waiting;
    previous = waiting.previous;
    waiting.previous = this;
    previous->next = this;
  }
  void await_resume() const noexcept {}

  /// Waits until one of those that wait is ready, and lets its coroutine go on.
  static void step() {
    constexpr std::size_t kMost = 1024;  // more at once are not allowed; the others have their turn later
    std::uint32_t operations[kMost];
    std::size_t count = 0;
    for (const Link* link = waiting.next; link != &waiting && count < kMost; link = link->next) {
      operations[count++] = static_cast<const Waiter*>(link)->operation_;
    }
    const Result place(wws_v1_wait(operations, count));
    if (!place) give_up("tasks wait for each other, or for a timer that ended");
    Link* link = waiting.next;
    for (std::size_t i = 0; i < *place; ++i) link = link->next;
    Waiter& ready = *static_cast<Waiter*>(link);
    ready.leave();
    ready.coroutine_.resume();
  }

 private:
  void leave() noexcept {
    previous->next = next;
    next->previous = previous;
    next = nullptr;
  }

  std::uint32_t operation_;
  std::coroutine_handle<> coroutine_;
};

class PromiseBase {
 public:
  /// Lazy: a task begins when it is awaited.
  [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
  [[nodiscard]] auto final_suspend() const noexcept {
    struct Continue {
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<>) const noexcept { return continuation; }
      void await_resume() const noexcept {}
      std::coroutine_handle<> continuation;
    };
    return Continue{continuation};
  }
  [[noreturn]] void unhandled_exception() const noexcept { give_up("an exception left a task"); }

  // Not the library's: what that does when there is no memory brings its printf into the module.
  static void* operator new(std::size_t size) {
    void* frame = std::malloc(size);
    if (frame == nullptr) give_up("no memory left");
    return frame;
  }
  static void operator delete(void* frame) noexcept { std::free(frame); }

  std::coroutine_handle<> continuation = std::noop_coroutine();
  bool has_begun = false;
};

template <class T>
class Promise : public PromiseBase {
 public:
  Task<T> get_return_object() noexcept;
  template <class U>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T take() { return std::move(*value_); }

 private:
  std::optional<T> value_;
};

template <>
class Promise<void> : public PromiseBase {
 public:
  Task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void take() const noexcept {}
};

template <class... Tasks>
class FirstOf;

}  // namespace detail

/// A coroutine that gives a T when it is done. Begins when it is awaited, run, or given to when_all or
/// when_any. Ends, wherever it waits, when it is destroyed. Awaited once.
template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;

  explicit Task(std::coroutine_handle<promise_type> coroutine) noexcept : coroutine_(coroutine) {}
  Task(Task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(coroutine_, other.coroutine_);
    return *this;
  }
  ~Task() {
    if (coroutine_) coroutine_.destroy();
  }

  /// Lets it go on to where it first waits, if it has not begun.
  void begin() {
    if (!std::exchange(coroutine_.promise().has_begun, true)) coroutine_.resume();
  }
  [[nodiscard]] bool is_done() const noexcept { return coroutine_.done(); }

  // For co_await.
  [[nodiscard]] bool await_ready() const noexcept { return is_done(); }
  /// Runs the task here to where it first waits: the stack does not grow with tasks that need not wait, as it
  /// would if they were continued from inside, where calls are not replaced by jumps.
  bool await_suspend(std::coroutine_handle<> awaiting) {
    begin();
    if (is_done()) return false;
    continue_with(awaiting);
    return true;
  }
  T await_resume() { return coroutine_.promise().take(); }

 private:
  template <class...>
  friend class detail::FirstOf;
  void continue_with(std::coroutine_handle<> coroutine) noexcept {
    coroutine_.promise().continuation = coroutine;
  }

  std::coroutine_handle<promise_type> coroutine_;
};

namespace detail {

template <class T>
Task<T> Promise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

/// `co_await FirstOf(tasks...)` when they have begun: goes on when one of them is done.
template <class... Tasks>
class FirstOf {
 public:
  explicit FirstOf(Tasks&... tasks) noexcept : tasks_(tasks...) {}
  [[nodiscard]] bool await_ready() const noexcept {
    return std::apply([](auto&... task) { return (task.is_done() || ...); }, tasks_);
  }
  void await_suspend(std::coroutine_handle<> awaiting) noexcept { continue_with(awaiting); }
  void await_resume() noexcept { continue_with(std::noop_coroutine()); }

 private:
  void continue_with(std::coroutine_handle<> coroutine) noexcept {
    std::apply([&](auto&... task) { (task.continue_with(coroutine), ...); }, tasks_);
  }
  std::tuple<Tasks&...> tasks_;
};

}  // namespace detail

/// Runs a task, and all that it waits for, to its end: from code that is not a coroutine, as the handler is.
template <class T>
T run(Task<T> task) {
  task.begin();
  while (!task.is_done()) detail::Waiter::step();
  return task.await_resume();
}

/// Waits while other tasks go on. Error::limit: 1,024 timers are pending. Error::invalid: a negative time.
template <class Rep, class Period>
Task<Result> sleep(std::chrono::duration<Rep, Period> time) {
  const std::int32_t timer = wws_v1_timer(detail::nanoseconds(time));
  if (timer < 0) co_return Result(timer);
  // Cancels it if the task is destroyed while it waits.
  struct Canceller {
    ~Canceller() {
      if (timer >= 0) (void)wws_v1_cancel(static_cast<std::uint32_t>(timer));
    }
    std::int32_t timer;
  } canceller{timer};
  co_await detail::Waiter(static_cast<std::uint32_t>(timer));
  canceller.timer = -1;
  co_return Result(0);
}

/// As Body::read, while other tasks go on.
inline Task<Result> read(Body& body, std::span<char> buffer) {
  for (;;) {
    const Result count = body.try_read(buffer);
    if (count != Error::again) co_return count;
    co_await detail::Waiter(WWS_V1_REQUEST_BODY);
  }
}

/// As Response::write, while other tasks go on; only one of them may write at a time. The bytes have to stay
/// until it is done.
inline Task<Result> write(Response& response, std::string_view bytes) {
  while (!bytes.empty()) {
    const Result count = response.try_write(bytes);
    if (count == Error::again) {
      co_await detail::Waiter(WWS_V1_RESPONSE_BODY);
    } else if (!count) {
      co_return count;
    } else {
      bytes.remove_prefix(*count);
    }
  }
  co_return Result(0);
}

/// Runs tasks side by side until all are done: their results in the same order.
template <class T>
Task<std::vector<T>> when_all(std::vector<Task<T>> tasks) {
  for (Task<T>& task : tasks) task.begin();
  std::vector<T> results;
  results.reserve(tasks.size());
  for (Task<T>& task : tasks) results.push_back(co_await task);
  co_return results;
}
inline Task<> when_all(std::vector<Task<>> tasks) {
  for (Task<>& task : tasks) task.begin();
  for (Task<>& task : tasks) co_await task;
}
template <class... T>
  requires(!std::is_void_v<T> && ...)
Task<std::tuple<T...>> when_all(Task<T>... tasks) {
  (tasks.begin(), ...);
  co_return std::tuple<T...>{co_await tasks...};
}
template <std::same_as<Task<>>... Tasks>
Task<> when_all(Task<> first, Tasks... tasks) {
  first.begin();
  (tasks.begin(), ...);
  co_await first;
  (co_await tasks, ...);
}

/// Runs tasks side by side until the first is done: its place. The others end where they wait. A time limit:
/// `co_await wws::when_any(work(), wws::sleep(std::chrono::seconds(1)))` is 1 if it was too long.
template <class... Tasks>
Task<std::size_t> when_any(Tasks... tasks) {
  (tasks.begin(), ...);
  co_await detail::FirstOf<Tasks...>(tasks...);
  std::size_t place = 0;
  (void)((tasks.is_done() || (++place, false)) || ...);
  co_return place;
}

}  // namespace wws
