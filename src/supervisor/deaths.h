// Which modules' guests ran when processes died.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

#include "base/clock.h"

namespace wws::supervisor {

/// Counts deaths by module, for as long as they matter: what kills a process now and then, over days, is put
/// up with; what does so again and again is put aside.
class Deaths {
 public:
  static constexpr std::size_t kMost = 3;
  static constexpr base::Duration kWindow = std::chrono::minutes(10);

  /// Notes one. Returns how many there were within the window, this one included.
  std::size_t add(std::uint32_t module, base::Instant now) {
    auto& times = times_[module];
    times.push_back(now);
    while (now - times.front() >= kWindow || times.size() > kMost) times.pop_front();
    return times.size();
  }
  /// Of a module that is gone.
  void forget(std::uint32_t module) { times_.erase(module); }

 private:
  std::unordered_map<std::uint32_t, std::deque<base::Instant>> times_;
};

}  // namespace wws::supervisor
