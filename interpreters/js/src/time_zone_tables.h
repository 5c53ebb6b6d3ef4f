// The time zones of the time zone database (RFC 6557), which make_time_zones.mjs writes when the engine is built. Constant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wws::js {

/// What clocks show for a while.
struct LocalTime {
  std::int16_t offset;        ///< minutes east of UTC
  std::uint8_t abbreviation;  ///< its place among `abbreviations`
};
extern const LocalTime local_times[];
/// Such as CET; +03 where there is none.
extern const std::string_view abbreviations[];

/// When another local time begins: minutes since 1970 in the upper 26 bits, its place among those of the zone below.
extern const std::uint32_t transitions[];
constexpr unsigned kTransitionPlaceBits = 6;
/// Transitions are there up to the begin of this year.
constexpr int kTransitionsEnd = 2066;

struct TimeZone {
  std::string_view name;
  std::uint16_t local_times;  ///< where its own begin; the first one is that of 1970 and of before
  std::uint16_t transitions;  ///< where its own begin, the earliest first
  std::uint16_t transition_count;
};
/// In the order of their names in lower case; other names of a zone are zones too.
extern const TimeZone time_zones[];
extern const std::size_t time_zone_count;

}  // namespace wws::js
