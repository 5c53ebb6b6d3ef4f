#include "http/date.h"

#include <gtest/gtest.h>

namespace wws::http {
namespace {

constexpr std::int64_t kExample = 784111777;

TEST(Date, FormatsThePreferredForm) {
  EXPECT_EQ(format_date(kExample), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(format_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(format_date(-1), "Wed, 31 Dec 1969 23:59:59 GMT");
  EXPECT_EQ(format_date(1709164800), "Thu, 29 Feb 2024 00:00:00 GMT");
}

TEST(Date, ReadsAllThreeForms) {
  EXPECT_EQ(parse_date("Sun, 06 Nov 1994 08:49:37 GMT"), kExample);
  EXPECT_EQ(parse_date("Sunday, 06-Nov-94 08:49:37 GMT"), kExample);
  EXPECT_EQ(parse_date("Sun Nov  6 08:49:37 1994"), kExample);
  EXPECT_EQ(parse_date("Thu Feb 29 00:00:00 2024"), 1709164800);
}

TEST(Date, ShortYearsBelong1970To2069) {
  EXPECT_EQ(parse_date("Thursday, 01-Jan-70 00:00:00 GMT"), 0);
  EXPECT_EQ(parse_date("Thursday, 29-Feb-24 00:00:00 GMT"), 1709164800);
}

TEST(Date, ReadsWhatItWrites) {
  for (const std::int64_t time :
       {std::int64_t{0}, kExample, std::int64_t{253402300799}, std::int64_t{-86400}}) {
    EXPECT_EQ(parse_date(format_date(time)), time);
  }
}

TEST(Date, AllowsALeapSecond) { EXPECT_EQ(parse_date("Sat, 31 Dec 2016 23:59:60 GMT"), 1483228800); }

TEST(Date, RefusesAnythingElse) {
  for (const auto* text :
       {"", "Sun", "Sun, ", "soon", "784111777", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT", "Sun Nov 6 08:49:37 1994",
        "Sun, 00 Nov 1994 08:49:37 GMT", "06 Nov 1994 08:49:37 GMT", "sun, 06 Nov 1994 08:49:37 GMT"}) {
    EXPECT_FALSE(parse_date(text)) << text;
  }
}

}  // namespace
}  // namespace wws::http
