// Whether a new version of a project fails more than the one before it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace wws::supervisor {

/// What one route was asked, and how often its worker failed (metrics::RouteTotals::failures).
struct RouteCount {
  std::uint64_t requests = 0;
  std::uint64_t failures = 0;
  bool operator==(const RouteCount&) const = default;
};

/// Those of all routes since the server was started, by their places among the metrics.
using RouteCounts = std::vector<RouteCount>;

/// Compares a new version with the minute before it, route by route, by what is counted anyway.
///
/// It is given the counts now and again, and so knows how it was before, when a version comes. That version
/// fails if one of its routes fails kLeastFailures times or more, in more than kMostPercent of its requests,
/// and at more than twice the rate of the minute before; a route that was not asked then did not fail.
/// Numbers are of strangers: whatever they are, no more comes of them than a wrong finding. Pure; one thread.
class Probation {
 public:
  static constexpr std::uint64_t kLeastFailures = 10;
  static constexpr std::uint64_t kMostPercent = 5;
  static constexpr base::Duration kBefore = std::chrono::minutes(1);

  /// A route that fails, since the version serves and in the minute before.
  struct Finding {
    std::size_t route = 0;
    RouteCount since;
    RouteCount before;
    base::Duration served{0};  ///< for so long the version has served
  };

  /// A new version serves from now on, and is watched for so long. Nothing is known of the time before, or
  /// `length` is zero: it is not watched.
  void begin(base::Instant now, base::Duration length, RouteCounts counts);
  /// Nobody wants to know any more.
  void end() noexcept { began_.reset(); }
  [[nodiscard]] bool is_on() const noexcept { return began_.has_value(); }
  /// Whether anything is known of the time before.
  [[nodiscard]] bool has_looked() const noexcept { return !samples_.empty(); }

  /// Takes the counts as they are. A version that fails, or whose time is over, is watched no more; of
  /// several routes the one with most failures is told.
  [[nodiscard]] std::optional<Finding> look(base::Instant now, RouteCounts counts);

 private:
  struct Sample {
    base::Instant at;
    RouteCounts counts;
  };

  std::deque<Sample> samples_;  ///< of the last minute, and one before that
  std::optional<Sample> began_;
  base::Duration length_{0};
  RouteCounts before_;  ///< in the minute before began_
};

}  // namespace wws::supervisor
