// The numbers of all processes together.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "metrics/block.h"
#include "metrics/registry.h"

namespace wws::metrics {

/// How many were how long.
struct Distribution {
  std::array<std::uint64_t, kBuckets> buckets{};
  std::uint64_t nanoseconds = 0;
};

struct RouteTotals {
  std::array<std::uint64_t, kClasses> requests{};
  Distribution duration;
  std::uint64_t cpu_nanoseconds = 0;
  std::uint64_t instance_nanoseconds = 0;
  std::uint64_t failures = 0;  ///< answers of 500, 502 and 504
  std::uint64_t memory_bytes = 0;  ///< no sum, but the largest
};

/// Sums over blocks. Numbers of strangers may make a sum wrap around, and do no other harm. Plain data.
class Totals {
 public:
  Totals() : routes_(kSlots) {}

  void add(const Page& page) noexcept;

  [[nodiscard]] std::uint64_t of(Counter counter) const {
    return counters_.at(static_cast<std::size_t>(counter));
  }
  [[nodiscard]] std::uint64_t of(Gauge gauge) const { return gauges_.at(static_cast<std::size_t>(gauge)); }
  [[nodiscard]] const Distribution& of(Histogram histogram) const {
    return histograms_.at(static_cast<std::size_t>(histogram));
  }
  [[nodiscard]] const RouteTotals& of(RouteSlot slot) const { return routes_.at(slot); }

 private:
  std::array<std::uint64_t, kCountOf<Counter>> counters_{};
  std::array<std::uint64_t, kCountOf<Gauge>> gauges_{};
  std::array<Distribution, kCountOf<Histogram>> histograms_{};
  std::vector<RouteTotals> routes_;
};

}  // namespace wws::metrics
