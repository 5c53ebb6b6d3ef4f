// The host's side of one running guest: its limits, its clock, its WASI state, and why it was stopped.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "wasm/wasi_files.h"
#include "wasm/wasi_stdio.h"

namespace wws::wasm {

/// What one run of a guest may use (docs/limits.md, where each has the name of its key).
struct GuestLimits {
  base::Duration cpu_time = std::chrono::seconds(10);  ///< summed over its slices
  base::Duration time = std::chrono::seconds(30);      ///< from start to end, waiting included
  std::size_t memory_bytes = std::size_t{128} << 20;   ///< largest linear memory
  std::size_t table_elements = 100'000;
  std::size_t output_bytes = std::size_t{64} << 20;  ///< standard output
  std::size_t log_bytes = std::size_t{64} << 10;     ///< standard error
  std::size_t stack_bytes = std::size_t{512} << 10;
};

/// What an ABI keeps for its host functions, beside WASI. They know of what class it is.
class HostState {
 public:
  virtual ~HostState() = default;
};

/// A function that the guest exports, which a host function wants called: all parameters and the result are
/// i32.
struct GuestCall {
  const char* name = nullptr;  ///< NUL-terminated, of static lifetime
  std::size_t count = 0;       ///< of arguments
  std::array<std::int32_t, 4> arguments{};
};

/// One guest as its host functions and the engine's hooks see it.
///
/// Made before its Instance and outlives it; `clock` and `random` outlive both; lives on the thread of its
/// event loop. Host functions never throw: they end the guest with stop().
class Guest {
 public:
  Guest(const base::Clock& clock, base::Random& random, const GuestLimits& limits, WasiStdio::Input input);

  [[nodiscard]] const base::Clock& clock() const noexcept { return clock_; }
  [[nodiscard]] base::Random& random() noexcept { return random_; }
  [[nodiscard]] const GuestLimits& limits() const noexcept { return limits_; }
  [[nodiscard]] WasiStdio& wasi() noexcept { return wasi_; }
  [[nodiscard]] const WasiStdio& wasi() const noexcept { return wasi_; }
  /// Gives the guest what its ABI keeps for it, which outlives it. Before it runs.
  void attach(HostState& state) noexcept { host_state_ = &state; }
  /// Null where nothing is attached.
  [[nodiscard]] HostState* host_state() const noexcept { return host_state_; }
  /// Gives the guest files, which outlive it. Its engine waits for files. Before it runs.
  void give_files(WasiFiles& files) noexcept { files_ = &files; }
  /// Null where it has none.
  [[nodiscard]] WasiFiles* files() const noexcept { return files_; }
  /// Has start_time() measured, at the price of a look at the clock. Before it runs.
  void measure_start() noexcept { measures_start_ = true; }

  // --- for the engine ---

  /// Brackets one slice: time between the two counts as the guest's CPU time.
  void slice_begins() noexcept {
    slice_began_ = clock_.now();
    if (!started_) started_ = slice_began_;
    wake_at_ = base::Instant::max();
  }
  void slice_ends() noexcept { cpu_time_ += clock_.now() - slice_began_; }
  enum class AtTick {
    kContinue,  ///< its slice has just begun: most guests end before the next tick
    kYield,     ///< the others have their turn
    kStop,      ///< a time limit is used up
  };
  /// Asked at each tick while it runs.
  [[nodiscard]] AtTick on_tick() noexcept;
  /// What prepares it has returned: the entry is called next.
  void entry_begins() noexcept {
    in_entry_ = true;
    if (measures_start_) start_time_ = clock_.now() - *started_;
  }
  [[nodiscard]] bool is_in_entry() const noexcept { return in_entry_; }
  /// Asked before memory or a table grows, and for their first sizes.
  [[nodiscard]] bool allow_memory(std::size_t current, std::size_t desired) noexcept;
  [[nodiscard]] bool allow_table(std::size_t current, std::size_t desired) noexcept;

  /// The call that a host function asked for, and what came of it.
  [[nodiscard]] const GuestCall& wanted_call() const noexcept { return wanted_call_; }
  void give_call_result(std::optional<std::int32_t> result) noexcept { call_result_ = result; }

  // --- for host functions ---

  /// Asked after a host call: code without loops and calls of its own meets no epoch check, however many host
  /// calls it makes. True: it has kept the thread for far too long and is ended.
  [[nodiscard]] bool overstays() noexcept {
    return (++host_calls_ & kCallsPerLook) == 0 && stop_if_overstays();
  }

  /// Ends the guest with this reason; `return guest.stop(...)` from a host function.
  CallStatus stop(ErrorCode code, std::string message) noexcept;
  /// Ends the guest because it called proc_exit.
  CallStatus exit(std::uint32_t code) noexcept;
  /// Parks the guest until `when`; `return guest.wait_until(...)` from a function that suspends. The
  /// function is called again then, or earlier.
  CallStatus wait_until(base::Instant when) noexcept;
  /// Has the guest's own function called; `return guest.call_export(...)` from a function that suspends. The
  /// function is called again after that, and finds take_call_result(). Others may run in between.
  CallStatus call_export(const GuestCall& call) noexcept;
  /// What the function returned that call_export() named, once; std::nullopt: the guest exports no such
  /// function.
  [[nodiscard]] std::optional<std::int32_t> take_call_result() noexcept {
    return std::exchange(call_result_, {});
  }
  /// When the wait of a function that suspends began: now at its first call, the same at the next ones.
  [[nodiscard]] base::Instant wait_begins() noexcept;
  /// The wait is over; the next one begins anew.
  void wait_ends() noexcept { wait_began_.reset(); }

  // --- for whoever runs it ---

  /// How a call ended, as the engine says.
  enum class Ending {
    kReturned,
    kStopped,  ///< by a host function or at a tick
    kTrapped,
    kStackUsedUp,  ///< a trap of its own kind
    kFailed,       ///< before any code of the guest ran
  };
  /// What that means: nothing, or the error that tells it best. `message` is the engine's.
  [[nodiscard]] Result<void> outcome(Ending ending, std::string_view message) const;

  /// When a waiting guest wants to be polled again; at most its time limit.
  [[nodiscard]] base::Instant wake_at() const noexcept;
  [[nodiscard]] base::Duration cpu_time() const noexcept { return cpu_time_; }
  /// From its first slice to its entry: the instance was made, and what prepares it ran. Nothing where that
  /// is not measured, or did not come about.
  [[nodiscard]] std::optional<base::Duration> start_time() const noexcept { return start_time_; }
  /// The largest size in bytes that its linear memory had, or was allowed to have: a size that only the
  /// module's own maximum refused counts.
  [[nodiscard]] std::size_t memory_peak() const noexcept { return memory_peak_; }
  [[nodiscard]] const std::optional<Error>& stop_reason() const noexcept { return stop_reason_; }
  [[nodiscard]] std::optional<std::uint32_t> exit_code() const noexcept { return exit_code_; }
  /// The limit that refused growth, if one did: a guest that fails afterwards failed for that.
  [[nodiscard]] const std::optional<Error>& growth_refused() const noexcept { return growth_refused_; }

 private:
  static constexpr std::uint32_t kCallsPerLook = 63;
  CallStatus stop_late() noexcept;
  [[nodiscard]] bool stop_if_overstays() noexcept;

  const base::Clock& clock_;
  base::Random& random_;
  GuestLimits limits_;
  WasiStdio wasi_;
  HostState* host_state_ = nullptr;
  WasiFiles* files_ = nullptr;
  bool in_entry_ = false;
  bool measures_start_ = false;
  std::optional<base::Duration> start_time_;
  std::size_t memory_peak_ = 0;
  std::optional<base::Instant> started_;  ///< when its first slice began
  base::Instant slice_began_{};
  std::uint32_t host_calls_ = 0;
  base::Duration cpu_time_{0};
  base::Instant wake_at_ = base::Instant::max();
  std::optional<base::Instant> wait_began_;
  GuestCall wanted_call_;
  std::optional<std::int32_t> call_result_;
  std::optional<Error> stop_reason_;
  std::optional<std::uint32_t> exit_code_;
  std::optional<Error> growth_refused_;
};

}  // namespace wws::wasm
