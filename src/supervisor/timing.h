// How long the supervisor waits before it takes a process for stuck, or tries again.
#pragma once

#include <chrono>

#include "base/clock.h"

namespace wws::supervisor {

struct Timing {
  base::Duration look_period = std::chrono::seconds(2);    ///< between two looks at a process's status
  unsigned patience = 5;                                   ///< looks without progress while there is work
  unsigned start_patience = 30;                            ///< looks until a new process serves
  base::Duration compile_pause = std::chrono::seconds(1);  ///< before what the system had no means for
};

/// What the program uses. Alone in its file: wws_faulty, which tests run, has one of its own.
[[nodiscard]] Timing default_timing() noexcept;

}  // namespace wws::supervisor
