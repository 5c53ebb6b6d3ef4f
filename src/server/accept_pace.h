// How fast a process takes new connections that others could take as well.
#pragma once

#include <chrono>
#include <cstddef>

#include "base/clock.h"

namespace wws::server {

/// Leaves some of many connections that come at once to the other processes
/// (docs/adr/0005-shared-listener.md).
///
/// The process that wakes up first is at work while the others are still on their way: it would take them
/// all, and each for as long as its client keeps it. So one that gets more and more connections looks away
/// for a moment now and then. The moments become rarer the more it has, and there is none for a connection
/// that takes the place of one that was closed: they cost nothing where clients come and go.
class AcceptPace {
 public:
  /// Enough for another process to wake up.
  static constexpr base::Duration kRest = std::chrono::microseconds(200);

  /// One was accepted; `open` are there with it. How long to leave the next to others; 0: not at all.
  [[nodiscard]] base::Duration accepted(std::size_t open, base::Instant now) noexcept;
  /// One was closed.
  void closed() noexcept { ++replaceable_; }

 private:
  base::Instant last_{};
  std::size_t replaceable_ = 0;
  std::size_t more_ = 0;  ///< taken since the last rest, beyond those that were closed
};

}  // namespace wws::server
