// The least speed that a peer has to keep up.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace wws::server {

/// Watches that bytes keep moving: each gives its sender time for the next, at `bytes_per_second`, but never
/// more than `slack` beyond now. So a peer that stops is late after `slack` at the most, however much it sent
/// before, and one that is slow but steady never is.
class Pace {
 public:
  Pace(std::uint64_t bytes_per_second, base::Duration slack) noexcept
      : bytes_per_second_(bytes_per_second), slack_(slack) {}

  /// Begins, or begins anew after a rest that was not the peer's.
  void start(base::Instant now) noexcept { deadline_ = now + slack_; }
  /// So many bytes have moved.
  void advance(std::uint64_t bytes, base::Instant now) noexcept {
    constexpr std::uint64_t kNanoseconds = 1'000'000'000;
    const std::uint64_t whole =
        std::min(bytes, bytes_per_second_ * 1000);  // no overflow; slack caps it anyway
    deadline_ += base::Duration(static_cast<std::int64_t>(whole * kNanoseconds / bytes_per_second_));
    deadline_ = std::min(deadline_, now + slack_);
  }
  [[nodiscard]] bool is_late(base::Instant now) const noexcept { return now >= deadline_; }

 private:
  std::uint64_t bytes_per_second_;
  base::Duration slack_;
  base::Instant deadline_ = base::Instant::max();
};

}  // namespace wws::server
