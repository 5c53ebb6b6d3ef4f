// The source of epoch ticks: what lets the event loop take its thread back from a guest.
#pragma once

#include <ctime>

#include "base/clock.h"
#include "base/result.h"

namespace wws::wasm {

class Engine;

/// Ticks the engine's epoch every millisecond while guests run, by a timer signal to the thread that
/// made this object (docs/adr/0004-epoch-signal.md): a second thread would share the process's memory
/// lock with it and need a core of its own.
///
/// One per process, because a signal's handler belongs to the process. Bracketing a slice costs nothing
/// while the timer runs; it stops by itself at the first tick that finds no guest and none since the last.
class EpochTimer {
 public:
  static constexpr std::chrono::milliseconds kPeriod{1};

  /// `engine` outlives the timer and stays where it is. kIo: the system has no timer to give.
  [[nodiscard]] static Result<EpochTimer> create(const Engine& engine);

  EpochTimer(EpochTimer&& other) noexcept;
  EpochTimer& operator=(EpochTimer&&) = delete;
  ~EpochTimer();

  /// A guest runs from here...
  void slice_begins() noexcept;
  /// ...to here.
  void slice_ends() noexcept;

 private:
  explicit EpochTimer(timer_t timer) noexcept : timer_(timer), owned_(true) {}

  timer_t timer_{};
  bool owned_ = false;
};

}  // namespace wws::wasm
