#include "http/date.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

namespace wws::http {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
// Years of two digits (RFC 850) from here on are of the last century. RFC 9110 asks for a window
// around the present day; a fixed one needs no clock and differs only for dates half a century away.
constexpr int kFirstYearOfLastCentury = 70;

/// Reads a date from left to right; a step that does not fit makes the whole fail.
class Reader {
 public:
  explicit Reader(std::string_view text) noexcept : rest_(text) {}

  void literal(std::string_view text) noexcept {
    if (rest_.starts_with(text)) {
      rest_.remove_prefix(text.size());
    } else {
      ok_ = false;
    }
  }
  int digits(std::size_t count) noexcept {
    if (rest_.size() < count) return fail();
    int value = 0;
    for (const char c : rest_.substr(0, count)) {
      if (c < '0' || c > '9') return fail();
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  /// asctime pads the day of the month with a space.
  int padded_day() noexcept {
    if (!rest_.starts_with(' ')) return digits(2);
    literal(" ");
    return digits(1);
  }
  /// 1 to 12.
  unsigned month() noexcept {
    for (unsigned i = 0; i < kMonths.size(); ++i) {
      if (rest_.starts_with(kMonths[i])) {
        rest_.remove_prefix(kMonths[i].size());
        return i + 1;
      }
    }
    ok_ = false;
    return 1;
  }
  std::chrono::seconds time_of_day() noexcept {
    const int hour = digits(2);
    literal(":");
    const int minute = digits(2);
    literal(":");
    const int second = digits(2);
    if (hour > 23 || minute > 59 || second > 60) ok_ = false;  // 60: a leap second
    return std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
  }
  [[nodiscard]] std::optional<std::int64_t> finish(int year, unsigned month, int day,
                                                   std::chrono::seconds time) const noexcept {
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!ok_ || !rest_.empty() || !date.ok()) return std::nullopt;
    return (sys_days(date) + time).time_since_epoch().count();
  }

 private:
  int fail() noexcept {
    ok_ = false;
    return 0;
  }
  std::string_view rest_;
  bool ok_ = true;
};

/// After "Sun, ": "06 Nov 1994 08:49:37 GMT".
std::optional<std::int64_t> parse_imf_fixdate(std::string_view text) noexcept {
  Reader reader(text);
  const int day = reader.digits(2);
  reader.literal(" ");
  const unsigned month = reader.month();
  reader.literal(" ");
  const int year = reader.digits(4);
  reader.literal(" ");
  const auto time = reader.time_of_day();
  reader.literal(" GMT");
  return reader.finish(year, month, day, time);
}

/// After "Sunday, ": "06-Nov-94 08:49:37 GMT".
std::optional<std::int64_t> parse_rfc850(std::string_view text) noexcept {
  Reader reader(text);
  const int day = reader.digits(2);
  reader.literal("-");
  const unsigned month = reader.month();
  reader.literal("-");
  const int short_year = reader.digits(2);
  reader.literal(" ");
  const auto time = reader.time_of_day();
  reader.literal(" GMT");
  return reader.finish(short_year + (short_year < kFirstYearOfLastCentury ? 2000 : 1900), month, day, time);
}

/// After "Sun ": "Nov  6 08:49:37 1994".
std::optional<std::int64_t> parse_asctime(std::string_view text) noexcept {
  Reader reader(text);
  const unsigned month = reader.month();
  reader.literal(" ");
  const int day = reader.padded_day();
  reader.literal(" ");
  const auto time = reader.time_of_day();
  reader.literal(" ");
  const int year = reader.digits(4);
  return reader.finish(year, month, day, time);
}

}  // namespace

std::string format_date(std::int64_t seconds) {
  const sys_seconds time{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format(
      "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[std::chrono::weekday(day).c_encoding()].substr(0, 3),
      static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
      static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<std::int64_t> parse_date(std::string_view text) noexcept {
  for (const auto name : kDays) {
    if (text.starts_with(name) && text.substr(name.size()).starts_with(", ")) {
      return parse_rfc850(text.substr(name.size() + 2));
    }
    if (!text.starts_with(name.substr(0, 3))) continue;
    const auto rest = text.substr(3);
    if (rest.starts_with(", ")) return parse_imf_fixdate(rest.substr(2));
    if (rest.starts_with(' ')) return parse_asctime(rest.substr(1));
  }
  return std::nullopt;
}

}  // namespace wws::http
