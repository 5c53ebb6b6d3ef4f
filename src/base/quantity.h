// Sizes and durations as people write them in options and files: "64MiB", "250ms".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace wws::base {

/// "65536", "64KiB", "16MiB", "1GiB" in bytes, by 1024 (IEC 80000-13), and "64KB", "10MB", "1GB" by 1000;
/// capital or small letters, "B" may be written. kBadUsage: anything else.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);

/// "250ms", "2s", "5m"; the unit is not optional. kBadUsage: anything else, or more than a year.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

/// In the largest unit of parse_size() that is exact: "64MiB", "10MB", "1001B".
[[nodiscard]] std::string format_size(std::uint64_t bytes);

/// The shortest of the forms that parse_duration() reads: "10s", "250ms". Below a millisecond: rounded up.
[[nodiscard]] std::string format_duration(Duration duration);

}  // namespace wws::base
