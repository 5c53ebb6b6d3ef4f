#include "supervisor/probation.h"

#include <gtest/gtest.h>

#include <limits>

namespace wws::supervisor {
namespace {

using namespace std::chrono_literals;

/// One that looks every two seconds at a server with three routes.
class ProbationTest : public ::testing::Test {
 protected:
  /// So many requests of a route, of which some fail.
  void serve(std::size_t route, std::uint64_t requests, std::uint64_t failures = 0) {
    counts_[route].requests += requests;
    counts_[route].failures += failures;
  }
  std::optional<Probation::Finding> look(base::Duration later = 2s) {
    clock_.advance(later);
    return probation_.look(clock_.now(), counts_);
  }
  void begin(base::Duration length = 60s) { probation_.begin(clock_.now(), length, counts_); }

  base::ManualClock clock_;
  Probation probation_;
  RouteCounts counts_{3};
};

TEST_F(ProbationTest, FindsARouteThatFailsWhereItDidNot) {
  look();
  serve(1, 100);
  serve(2, 100);
  look();
  begin();
  EXPECT_TRUE(probation_.is_on());
  serve(1, 40, 9);
  serve(2, 40);
  EXPECT_FALSE(look()) << "nine are none";
  serve(1, 1, 1);
  const auto found = look();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->route, 1U);
  EXPECT_EQ(found->since, (RouteCount{41, 10}));
  EXPECT_EQ(found->before, (RouteCount{100, 0}));
  EXPECT_EQ(found->served, 4s);
  EXPECT_FALSE(probation_.is_on());
  serve(1, 40, 40);
  EXPECT_FALSE(look()) << "it was told";
}

TEST_F(ProbationTest, LetsFewOfManyFail) {
  look();
  begin();
  serve(1, 1000, 50);
  EXPECT_FALSE(look()) << "five percent are not more than five";
  serve(1, 0, 1);
  EXPECT_TRUE(look());
}

TEST_F(ProbationTest, ComparesWithTheMinuteBefore) {
  look();
  serve(1, 100, 20);
  look();
  begin();
  serve(1, 100, 40);
  EXPECT_FALSE(look()) << "twice as many are not more than that";
  serve(1, 0, 1);
  const auto found = look();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->before, (RouteCount{100, 20}));
}

TEST_F(ProbationTest, ForgetsWhatIsOlderThanAMinute) {
  look();
  serve(1, 100, 100);
  for (int i = 0; i < 40; ++i) look();
  begin();
  serve(1, 20, 10);
  const auto found = look();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->before, RouteCount{});
}

TEST_F(ProbationTest, ARouteThatIsNewCanFail) {
  look();
  begin();
  counts_.resize(4);
  serve(3, 10, 10);
  const auto found = look();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->route, 3U);
}

TEST_F(ProbationTest, TellsOfTheRouteThatFailsMost) {
  look();
  begin();
  serve(0, 20, 11);
  serve(1, 20, 20);
  serve(2, 20, 12);
  const auto found = look();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->route, 1U);
}

TEST_F(ProbationTest, IsOverAfterItsTime) {
  look();
  begin(10s);
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(look());
  EXPECT_TRUE(probation_.is_on());
  EXPECT_FALSE(look());
  EXPECT_FALSE(probation_.is_on());
  serve(1, 20, 20);
  EXPECT_FALSE(look());
}

TEST_F(ProbationTest, TakesWhatCameWithTheLastLook) {
  look();
  begin(10s);
  serve(1, 20, 20);
  EXPECT_TRUE(look(60s));
}

TEST_F(ProbationTest, IsNotBegunWhereNothingIsKnownOfBefore) {
  begin();
  EXPECT_FALSE(probation_.is_on());
  look();
  begin(0s);
  EXPECT_FALSE(probation_.is_on());
}

TEST_F(ProbationTest, ANextVersionIsComparedWithTheMinuteBeforeIt) {
  look();
  begin();
  serve(1, 100, 9);
  look();
  begin();
  serve(1, 100, 15);
  EXPECT_FALSE(look());
  serve(1, 0, 4);
  EXPECT_TRUE(look());
}

TEST_F(ProbationTest, TakesNumbersOfStrangers) {
  look();
  serve(1, std::numeric_limits<std::uint64_t>::max(), std::numeric_limits<std::uint64_t>::max());
  look();
  begin();
  counts_[1] = {};
  EXPECT_FALSE(look());
  counts_.clear();
  EXPECT_FALSE(look());
}

}  // namespace
}  // namespace wws::supervisor
