// Time as a dependency: the server takes a Clock, so that tests need not wait.
#pragma once

#include <chrono>

namespace wws::base {

using Duration = std::chrono::nanoseconds;
/// A point of monotonic time.
using Instant = std::chrono::time_point<std::chrono::steady_clock, Duration>;
/// A point of calendar time (UTC).
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

/// Source of time. Thread-safe in the system implementation; the manual one is for one thread.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant now() const noexcept = 0;
  [[nodiscard]] virtual WallTime wall() const noexcept = 0;
};

/// The machine's clocks (CLOCK_MONOTONIC, CLOCK_REALTIME).
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const noexcept override;
  [[nodiscard]] WallTime wall() const noexcept override;
};

/// A clock that stands still until it is moved: for tests, and for what must not depend on time.
class ManualClock final : public Clock {
 public:
  ManualClock() = default;
  explicit ManualClock(Instant now) : now_(now) {}
  [[nodiscard]] Instant now() const noexcept override { return now_; }
  [[nodiscard]] WallTime wall() const noexcept override { return wall_; }
  void advance(Duration by) noexcept {
    now_ += by;
    wall_ += by;
  }

 private:
  Instant now_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::seconds(1'700'000'000)};
};

}  // namespace wws::base
