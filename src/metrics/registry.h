// The names of all metrics, and what stands for them in shared memory (docs/metrics.md).
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/clock.h"

namespace wws::metrics {

enum class Type { kCounter, kGauge, kHistogram };

/// All samples of one name.
struct Family {
  std::string_view name;  ///< a counter's without `_total`
  Type type = Type::kCounter;
  std::string_view unit;    ///< "seconds", "bytes" or none: the name ends in it
  std::string_view labels;  ///< for people: `route, code`
  std::string_view help;    ///< one sentence
};

/// Every family, in the order in which they are written. Those before kBuildInfo are sums over serving
/// processes; the others are what the supervisor knows.
enum class Metric : std::uint8_t {
  kRequests,
  kRequestDuration,
  kRequestBytes,
  kResponseBytes,
  kAborted,
  kGuestCpu,
  kInstanceTime,
  kGuestMemory,
  kFailures,
  kLimits,
  kInstanceStart,
  kQueueWait,
  kQueued,
  kGuests,
  kInstancesMost,
  kConnections,
  kConnectionsAccepted,
  kKvOperations,
  kKvDuration,
  kKvFailures,
  kKvCache,
  kFetches,
  kFetchDuration,
  kFetchFailures,
  kFetchesOpen,
  kLogDropped,
  kSpans,
  kExportFailures,
  kBuildInfo,
  kStartTime,
  kReady,
  kProcesses,
  kRestarts,
  kResident,
  kRoutes,
  kModules,
  kModuleCache,
  kCompiles,
  kCompileTime,
  kReloads,
  kCount,
};

[[nodiscard]] const Family& family(Metric metric) noexcept;

/// A number that only grows.
enum class Counter : std::uint8_t {
  kRequestBytes,
  kResponseBytes,
  kAborted,
  kFailTrap,
  kFailExit,
  kFailOutput,
  kFailModule,
  kFailOther,
  kLimitCpuTime,
  kLimitTime,
  kLimitMemory,
  kLimitTable,
  kLimitStack,
  kLimitOutput,
  kLimitConcurrency,
  kLimitQueue,
  kLimitBody,
  kLimitBodies,
  kLimitSlow,
  kLimitHead,
  kLimitConnections,
  kLimitAnswers,
  kConnections,
  kKvReads,
  kKvWrites,
  kKvMaps,
  kKvFailures,
  kKvHits,
  kKvMisses,
  kFetches,
  kFetchFailures,
  kLogDropped,
  kSpansSent,
  kSpansDropped,
  kTracesFailed,
  kMetricsFailed,
  kCount,
};

/// A number as it is now.
enum class Gauge : std::uint8_t { kQueued, kGuests, kInstancesMost, kConnections, kFetchesOpen, kCount };

/// Times, by how many were how long.
enum class Histogram : std::uint8_t { kInstanceStart, kQueueWait, kKv, kFetch, kCount };

/// Where a cell's number is written: its family, and the value of that one's label.
struct CellRow {
  Metric metric{};
  std::string_view label;
  std::string_view value;
};
[[nodiscard]] const CellRow& row(Counter counter) noexcept;
[[nodiscard]] Metric metric_of(Gauge gauge) noexcept;
[[nodiscard]] Metric metric_of(Histogram histogram) noexcept;

template <class Enum>
inline constexpr std::size_t kCountOf = static_cast<std::size_t>(Enum::kCount);

/// Upper bounds of the buckets of histograms, in nanoseconds; one more is for what is longer.
inline constexpr std::array<std::int64_t, 17> kBounds = {
    50'000,      100'000,       250'000,       500'000,       1'000'000,     2'500'000,
    5'000'000,   10'000'000,    25'000'000,    50'000'000,    100'000'000,   250'000'000,
    500'000'000, 1'000'000'000, 2'500'000'000, 5'000'000'000, 10'000'000'000};
inline constexpr std::size_t kBuckets = kBounds.size() + 1;
/// Those of a fine histogram are so many times smaller: from 1 µs to 200 ms.
inline constexpr std::int64_t kFiner = 50;
[[nodiscard]] constexpr bool is_fine(Histogram histogram) noexcept {
  return histogram == Histogram::kInstanceStart;
}
[[nodiscard]] constexpr bool is_fine(Metric metric) noexcept { return metric == Metric::kInstanceStart; }

/// The classes of statuses, 1xx to 5xx.
inline constexpr std::size_t kClasses = 5;

/// A place for the numbers of one route. The supervisor gives them out, and none changes its route.
using RouteSlot = std::uint16_t;
inline constexpr RouteSlot kFilesSlot = 0;  ///< what no worker answers
inline constexpr RouteSlot kOtherSlot = 1;  ///< routes for which there is no place
inline constexpr RouteSlot kFirstSlot = 2;
inline constexpr RouteSlot kSlots = 256;
/// What stands for the pattern of a route there. No pattern is like these: those begin with a slash.
inline constexpr std::string_view kFilesName = "files";
inline constexpr std::string_view kOtherName = "other";

}  // namespace wws::metrics
