// The table [limits] of a project's or a worker's file (docs/limits.md).
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace wws::config {

/// What one request of a worker may use. A project's file changes these defaults for all workers, a
/// worker's file for itself.
struct Limits {
  std::uint64_t memory = std::uint64_t{128} << 20;  ///< bytes of linear memory
  base::Duration cpu_time = std::chrono::seconds(10);
  base::Duration time = std::chrono::seconds(30);  ///< from start to end, waiting included
  std::uint64_t output = std::uint64_t{64} << 20;  ///< bytes of standard output
  std::uint64_t log = std::uint64_t{64} << 10;     ///< bytes of standard error
  std::uint64_t table_elements = 100'000;
  std::uint64_t stack = std::uint64_t{512} << 10;  ///< bytes
  std::optional<std::uint32_t> concurrency;  ///< requests at once in one serving process; none: no limit

  friend bool operator==(const Limits&, const Limits&) = default;
};

}  // namespace wws::config
