// What a signal to the supervisor means.
#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace wws::supervisor {

/// SIGTERM, SIGINT and the SIGHUP of a terminal that closes ask for a stop; one that comes later is
/// impatient. Those that come with the first are the same wish: timeout(1) signals the process and then its
/// group, a shell repeats a terminal's SIGHUP.
class StopRequest {
 public:
  static constexpr base::Duration kTogether = std::chrono::seconds(1);

  enum class Meaning { kStop, kSameAgain, kEndAtOnce };

  [[nodiscard]] Meaning on_signal(base::Instant now) noexcept {
    if (!first_) {
      first_ = now;
      return Meaning::kStop;
    }
    return now - *first_ < kTogether ? Meaning::kSameAgain : Meaning::kEndAtOnce;
  }

 private:
  std::optional<base::Instant> first_;
};

}  // namespace wws::supervisor
