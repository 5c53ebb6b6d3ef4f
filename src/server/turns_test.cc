#include "server/turns.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace wws::server {
namespace {

using std::chrono::milliseconds;

const int kA = 0;
const int kB = 0;
constexpr base::Instant kNow{std::chrono::hours(1)};

TEST(Turns, AreTakenInOrder) {
  Turns turns;
  EXPECT_FALSE(turns.has_next(true));
  for (Turns::Id id = 1; id <= 3; ++id) turns.add_running(&kA, id, milliseconds(1));
  for (Turns::Id id = 1; id <= 3; ++id) {
    ASSERT_TRUE(turns.has_next(false));
    EXPECT_EQ(turns.next(false, kNow)->id, id);
  }
  EXPECT_FALSE(turns.has_next(false));
  EXPECT_FALSE(turns.next(false, kNow));
}

TEST(Turns, WhatWaitsBeginsOnlyWhereThereIsAnInstance) {
  Turns turns;
  turns.add_waiting(&kA, 1, kNow);
  EXPECT_FALSE(turns.has_next(false));
  EXPECT_FALSE(turns.next(false, kNow));
  ASSERT_TRUE(turns.has_next(true));
  const auto turn = turns.next(true, kNow);
  EXPECT_EQ(turn->id, 1U);
  EXPECT_TRUE(turn->is_first);
  EXPECT_EQ(turns.waiting(), 0U);
}

TEST(Turns, ACrowdedWorkerLetsItsGuestsComeToTheirEnd) {
  Turns turns;
  for (Turns::Id id = 0; id < Turns::kCrowd; ++id) turns.add_running(&kA, id, milliseconds(1));
  EXPECT_TRUE(turns.has_to_wait(&kA));
  EXPECT_FALSE(turns.has_to_wait(&kB));
  for (Turns::Id id = 100; id < 200; ++id) turns.add_waiting(&kA, id, kNow);
  unsigned begun = 0;
  for (int i = 0; i < 80; ++i) {
    const auto turn = turns.next(true, kNow);
    ASSERT_TRUE(turn);
    begun += turn->is_first ? 1 : 0;
    turns.add_running(&kA, turn->id, milliseconds(1));
  }
  EXPECT_EQ(begun, 10U);
}

TEST(Turns, OneWorkersQueueIsNotAnothers) {
  Turns turns;
  for (Turns::Id id = 0; id < Turns::kCrowd; ++id) turns.add_running(&kA, id, milliseconds(1));
  for (Turns::Id id = 100; id < 200; ++id) turns.add_waiting(&kA, id, kNow);
  turns.add_waiting(&kB, 1, kNow);
  for (int i = 0; i < 3; ++i) {
    const auto turn = turns.next(true, kNow);
    if (turn->id == 1) return;
    turns.add_running(&kA, turn->id, milliseconds(1));
  }
  FAIL() << "the neighbour's request did not begin within three slices";
}

TEST(Turns, LongGuestsGetEveryFourthSliceAndAllWhenThereAreNoOthers) {
  Turns turns;
  EXPECT_FALSE(turns.has_long());
  turns.add_running(&kA, 1, Turns::kLong + milliseconds(1));
  EXPECT_TRUE(turns.has_long());
  turns.add_running(&kB, 2, milliseconds(1));
  std::map<Turns::Id, int> slices;
  for (int i = 0; i < 40; ++i) {
    const auto turn = turns.next(true, kNow);
    ++slices[turn->id];
    turns.add_running(turn->id == 1 ? &kA : &kB, turn->id,
                      turn->id == 1 ? Turns::kLong + milliseconds(1) : milliseconds(1));
  }
  EXPECT_EQ(slices[1], 10);
  turns.remove(&kB, 2);
  EXPECT_EQ(turns.next(true, kNow)->id, 1U);
}

TEST(Turns, TellHowLongOneMoreWouldWait) {
  Turns turns;
  EXPECT_EQ(turns.expected_wait(&kA), base::Duration(0));
  for (Turns::Id id = 0; id < 200; ++id) turns.add_waiting(&kA, id, kNow);
  EXPECT_EQ(turns.expected_wait(&kA), 200 * milliseconds(1));  // a guess
  base::Instant now = kNow;
  for (int i = 0; i < 100; ++i, now += milliseconds(2)) EXPECT_TRUE(turns.next(true, now));
  EXPECT_NEAR(static_cast<double>(turns.expected_wait(&kA).count()), 200e6, 5e6);  // 100 that wait, 2 ms each
  EXPECT_EQ(turns.expected_wait(&kB), base::Duration(0));
}

TEST(Turns, AClosedLaneWaitsUntilItIsOpened) {
  Turns turns;
  turns.add_waiting(&kA, 1, kNow, Turns::Lane::kClosed);
  turns.add_waiting(&kA, 2, kNow, Turns::Lane::kClosed);
  EXPECT_FALSE(turns.has_next(true));
  EXPECT_EQ(turns.take_older_than(kNow + milliseconds(1)), std::nullopt);
  turns.open(&kA, kNow + milliseconds(500));
  EXPECT_EQ(turns.waiting_since(&kA), kNow + milliseconds(500));
  EXPECT_EQ(turns.next(true, kNow)->id, 1U);
  EXPECT_EQ(turns.next(true, kNow)->id, 2U);
  turns.open(&kB, kNow);  // nothing waits there
  EXPECT_FALSE(turns.has_next(true));
}

TEST(Turns, ForgetWhatIsRemoved) {
  Turns turns;
  turns.add_waiting(&kA, 1, kNow);
  turns.add_running(&kA, 2, milliseconds(1));
  turns.add_running(&kA, 3, milliseconds(100));
  for (Turns::Id id = 1; id <= 4; ++id) turns.remove(&kA, id);
  EXPECT_FALSE(turns.has_next(true));
  EXPECT_EQ(turns.waiting(), 0U);
  EXPECT_FALSE(turns.has_to_wait(&kA));
}

TEST(Turns, GiveOutWhatWaitsTooLong) {
  Turns turns;
  turns.add_waiting(&kA, 1, kNow);
  turns.add_waiting(&kB, 2, kNow + milliseconds(10));
  EXPECT_EQ(turns.take_older_than(kNow + milliseconds(5)), 1U);
  EXPECT_EQ(turns.take_older_than(kNow + milliseconds(5)), std::nullopt);
  EXPECT_EQ(turns.take_older_than(kNow + milliseconds(11)), 2U);
}

}  // namespace
}  // namespace wws::server
