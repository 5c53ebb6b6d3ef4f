// Whether a process that has work still does it.
#pragma once

#include <cstdint>

#include "runtime/process_status.h"

namespace wws::supervisor {

/// Looks at a counter at a steady pace, and notices when it stands still while there is work.
///
/// Looks are counted, not time: a supervisor that was stopped itself, with the others or alone, must not take
/// its own absence for theirs.
class Heartbeat {
 public:
  using Work = runtime::ProcessStatus::Work;

  explicit Heartbeat(unsigned patience) noexcept : patience_(patience) {}

  /// One look. True: there was work at each of `patience` looks after one, and no progress between them.
  [[nodiscard]] bool stands_still(std::uint64_t progress, Work work) noexcept {
    const bool moved = progress != progress_;
    progress_ = progress;
    if (work == Work::kNone || moved || !had_work_) {
      had_work_ = work != Work::kNone;
      still_ = 0;
      return false;
    }
    return ++still_ >= patience_;
  }

 private:
  unsigned patience_;
  std::uint64_t progress_ = 0;
  bool had_work_ = false;
  unsigned still_ = 0;
};

}  // namespace wws::supervisor
