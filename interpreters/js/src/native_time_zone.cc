// Time zones for Intl.DateTimeFormat.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>
#include <string_view>

#include "native.h"
#include "time_zone_tables.h"
#include "value.h"

namespace wws::js {
namespace {

constexpr std::int64_t kMinutesPerDay = 24 * 60;
/// Days of the week fall on the same dates again after 28 years of 365.25 days, and rules of summer time with
/// them.
constexpr std::int64_t kCycle = 28 * 1461 / 4 * kMinutesPerDay;
/// Minutes from 1970 to the begin of kTransitionsEnd; 2066 is the 24th leap year's third follower.
constexpr std::int64_t kEnd = ((kTransitionsEnd - 1970) * 365 + 24) * kMinutesPerDay;

char lower_case(char character) {
  return character >= 'A' && character <= 'Z' ? static_cast<char>(character + 'a' - 'A') : character;
}

/// By their letters in lower case.
struct ComesBefore {
  bool operator()(std::string_view one, std::string_view other) const {
    return std::ranges::lexicographical_compare(one, other, {}, lower_case, lower_case);
  }
};

/// What clocks in the zone show at `minute`, counted from 1970.
const LocalTime& local_time(const TimeZone& zone, std::int64_t minute) {
  if (minute >= kEnd) minute -= ((minute - kEnd) / kCycle + 1) * kCycle;
  const std::span own(transitions + zone.transitions, zone.transition_count);
  const auto later = std::ranges::upper_bound(own, minute, {}, [](std::uint32_t transition) {
    return std::int64_t{transition >> kTransitionPlaceBits};
  });
  const std::size_t place = later == own.begin() ? 0 : *std::prev(later) & ((1U << kTransitionPlaceBits) - 1);
  return local_times[zone.local_times + place];
}

/// The local time of the zone and the time, in milliseconds, that are a call's arguments. Null: an exception.
const LocalTime* asked_time(JSContext* context, JSValueConst* arguments) {
  std::uint32_t place = 0;
  double time = 0;
  if (JS_ToUint32(context, &place, arguments[0]) < 0 || JS_ToFloat64(context, &time, arguments[1]) < 0)
    return nullptr;
  if (place >= time_zone_count || !(std::abs(time) <= 8.64e15)) {
    JS_ThrowInternalError(context, "no such time zone or time");
    return nullptr;
  }
  return &local_time(time_zones[place], static_cast<std::int64_t>(std::floor(time / 60'000)));
}

/// timeZone(name): its place among the zones, or -1. Case means nothing.
JSValue time_zone(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const Utf8 given(arguments[0]);
  if (given.failed()) return JS_EXCEPTION;
  const std::span all(time_zones, time_zone_count);
  const auto found = std::ranges::lower_bound(all, given.view(), ComesBefore{}, &TimeZone::name);
  const bool is_there = found != all.end() && !ComesBefore{}(given.view(), found->name);
  return JS_NewInt32(context, is_there ? static_cast<std::int32_t>(found - all.begin()) : -1);
}

/// timeZoneName(place): undefined behind the last one.
JSValue time_zone_name(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  std::uint32_t place = 0;
  if (JS_ToUint32(context, &place, arguments[0]) < 0) return JS_EXCEPTION;
  return place < time_zone_count ? new_string(time_zones[place].name) : JS_UNDEFINED;
}

/// timeZoneOffset(place, milliseconds): minutes east of UTC.
JSValue time_zone_offset(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const LocalTime* found = asked_time(context, arguments);
  return found == nullptr ? JS_EXCEPTION : JS_NewInt32(context, found->offset);
}

/// timeZoneAbbreviation(place, milliseconds)
JSValue time_zone_abbreviation(JSContext* context, JSValueConst, int, JSValueConst* arguments) {
  const LocalTime* found = asked_time(context, arguments);
  return found == nullptr ? JS_EXCEPTION : new_string(abbreviations[found->abbreviation]);
}

const JSCFunctionListEntry kTimeZoneFunctions[] = {
    JS_CFUNC_DEF("timeZone", 1, time_zone),
    JS_CFUNC_DEF("timeZoneName", 1, time_zone_name),
    JS_CFUNC_DEF("timeZoneOffset", 2, time_zone_offset),
    JS_CFUNC_DEF("timeZoneAbbreviation", 2, time_zone_abbreviation),
};

}  // namespace

NativeFunctions time_zone_functions() noexcept { return {kTimeZoneFunctions, std::size(kTimeZoneFunctions)}; }

}  // namespace wws::js
