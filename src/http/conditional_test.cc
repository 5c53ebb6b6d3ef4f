#include "http/conditional.h"

#include <gtest/gtest.h>

namespace wws::http {
namespace {

constexpr std::int64_t kTime = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT
constexpr const char* kSame = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr const char* kBefore = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr const char* kAfter = "Sun, 06 Nov 1994 08:49:38 GMT";
constexpr Validators kStrong{"\"a,b\"", kTime};
constexpr Validators kWeak{"W/\"a,b\"", kTime};

using Fields = std::vector<FieldView>;

Precondition get(const Fields& fields, const Validators& validators = kStrong) {
  return evaluate(fields, "GET", validators);
}

TEST(Conditional, NoConditionProceeds) { EXPECT_EQ(get({}), Precondition::kProceed); }

TEST(Conditional, IfMatchComparesStrongly) {
  EXPECT_EQ(get({{"If-Match", "\"a,b\""}}), Precondition::kProceed);
  EXPECT_EQ(get({{"if-match", "\"x\" , \"a,b\""}}), Precondition::kProceed);
  EXPECT_EQ(get({{"If-Match", "*"}}), Precondition::kProceed);
  EXPECT_EQ(get({{"If-Match", "\"x\""}}), Precondition::kFailed);
  EXPECT_EQ(get({{"If-Match", "W/\"a,b\""}}), Precondition::kFailed);
  EXPECT_EQ(get({{"If-Match", "W/\"a,b\""}}, kWeak), Precondition::kFailed);
}

TEST(Conditional, IfMatchMayBeSpreadOverLines) {
  EXPECT_EQ(get({{"If-Match", "\"x\""}, {"If-Match", "\"a,b\""}}), Precondition::kProceed);
}

TEST(Conditional, IfNoneMatchComparesWeakly) {
  EXPECT_EQ(get({{"If-None-Match", "\"a,b\""}}), Precondition::kNotModified);
  EXPECT_EQ(get({{"If-None-Match", "\"x\",, W/\"a,b\""}}), Precondition::kNotModified);
  EXPECT_EQ(get({{"If-None-Match", "\"a,b\""}}, kWeak), Precondition::kNotModified);
  EXPECT_EQ(get({{"If-None-Match", "*"}}), Precondition::kNotModified);
  EXPECT_EQ(get({{"If-None-Match", "\"x\""}}), Precondition::kProceed);
}

TEST(Conditional, IfNoneMatchFailsForOtherMethods) {
  EXPECT_EQ(evaluate({{"If-None-Match", "*"}}, "PUT", kStrong), Precondition::kFailed);
  EXPECT_EQ(evaluate({{"If-None-Match", "\"a,b\""}}, "HEAD", kStrong), Precondition::kNotModified);
}

TEST(Conditional, MalformedTagsMatchNothing) {
  for (const auto* tags : {"a,b", "\"a,b", "\"x\" \"a,b\"", "w/\"a,b\"", "\"x y\", \"a,b\"", "", "**"}) {
    EXPECT_EQ(get({{"If-None-Match", tags}}), Precondition::kProceed) << tags;
    EXPECT_EQ(get({{"If-Match", tags}}), Precondition::kFailed) << tags;
  }
}

TEST(Conditional, DatesAreComparedBySecond) {
  EXPECT_EQ(get({{"If-Modified-Since", kSame}}), Precondition::kNotModified);
  EXPECT_EQ(get({{"If-Modified-Since", kAfter}}), Precondition::kNotModified);
  EXPECT_EQ(get({{"If-Modified-Since", kBefore}}), Precondition::kProceed);
  EXPECT_EQ(evaluate({{"If-Modified-Since", kSame}}, "POST", kStrong), Precondition::kProceed);
  EXPECT_EQ(get({{"If-Unmodified-Since", kSame}}), Precondition::kProceed);
  EXPECT_EQ(get({{"If-Unmodified-Since", kBefore}}), Precondition::kFailed);
}

TEST(Conditional, UnreadableDatesAreIgnored) {
  EXPECT_EQ(get({{"If-Modified-Since", "soon"}}), Precondition::kProceed);
  EXPECT_EQ(get({{"If-Unmodified-Since", "soon"}}), Precondition::kProceed);
}

TEST(Conditional, TagsTakePrecedenceOverDates) {
  EXPECT_EQ(get({{"If-None-Match", "\"x\""}, {"If-Modified-Since", kSame}}), Precondition::kProceed);
  EXPECT_EQ(get({{"If-Match", "*"}, {"If-Unmodified-Since", kBefore}}), Precondition::kProceed);
  EXPECT_EQ(get({{"If-None-Match", "*"}, {"If-Match", "\"x\""}}), Precondition::kFailed);
}

TEST(Conditional, IfRangeNeedsExactlyThisRepresentation) {
  EXPECT_TRUE(if_range_holds({}, kStrong));
  EXPECT_TRUE(if_range_holds({{"If-Range", "\"a,b\""}}, kStrong));
  EXPECT_TRUE(if_range_holds({{"If-Range", kSame}}, kStrong));
  EXPECT_FALSE(if_range_holds({{"If-Range", kAfter}}, kStrong));
  EXPECT_FALSE(if_range_holds({{"If-Range", kBefore}}, kStrong));
  EXPECT_FALSE(if_range_holds({{"If-Range", "\"x\""}}, kStrong));
  EXPECT_FALSE(if_range_holds({{"If-Range", "W/\"a,b\""}}, kWeak));
  EXPECT_FALSE(if_range_holds({{"If-Range", "\"a,b\", \"x\""}}, kStrong));
  EXPECT_FALSE(if_range_holds({{"If-Range", "*"}}, kStrong));
}

}  // namespace
}  // namespace wws::http
