#include "store/turns.h"

#include <gtest/gtest.h>

namespace wws::store {
namespace {

using std::chrono::seconds;

constexpr base::Instant kNow{seconds(100)};
constexpr Asker kA{1, 1};
constexpr Asker kB{2, 1};
constexpr Asker kC{1, 2};

TEST(TurnQueue, IsFirstComeFirstServed) {
  TurnQueue queue;
  EXPECT_TRUE(queue.is_free());
  EXPECT_EQ(queue.next(kNow), std::nullopt);
  for (const Asker& asker : {kA, kB, kC}) queue.wait(asker, seconds(1));
  for (const Asker& asker : {kA, kB, kC}) {
    EXPECT_EQ(queue.next(kNow), asker);
    EXPECT_TRUE(queue.has(asker));
    EXPECT_EQ(queue.next(kNow), std::nullopt) << "one at a time";
    queue.leave(asker, kNow);
  }
  EXPECT_TRUE(queue.is_free());
}

TEST(TurnQueue, ForgetsWhoLeaves) {
  TurnQueue queue;
  for (const Asker& asker : {kA, kB, kC}) queue.wait(asker, seconds(1));
  EXPECT_EQ(queue.next(kNow), kA);
  queue.leave(kB, kNow);
  queue.leave_all(1);
  EXPECT_TRUE(queue.is_free());
  queue.leave(kA, kNow);
  EXPECT_EQ(queue.size(), 0U);
}

TEST(TurnQueue, TakesTheTurnFromWhoIsLate) {
  TurnQueue queue;
  queue.wait(kA, seconds(2));
  queue.wait(kB, seconds(1));
  EXPECT_EQ(queue.ends_at(), base::Instant::max());
  EXPECT_EQ(queue.next(kNow), kA);
  EXPECT_EQ(queue.ends_at(), kNow + seconds(2));
  EXPECT_TRUE(queue.end_late(kNow + seconds(1)).empty());
  EXPECT_TRUE(queue.has(kA));
  EXPECT_TRUE(queue.end_late(kNow + seconds(2)).empty());
  EXPECT_FALSE(queue.has(kA));
  EXPECT_EQ(queue.next(kNow), kB);
}

using Askers = std::vector<Asker>;
using enum TurnQueue::InRow;

/// The turn goes to those of one client before older ones of others, as far as they may.
TEST(TurnQueue, HasRowsOfOneClient) {
  TurnQueue queue;
  constexpr Asker kD{1, 3};
  constexpr Asker kE{1, 4};
  queue.wait(kA, seconds(1), kYes);
  queue.wait(kB, seconds(1), kYes);
  queue.wait(kC, seconds(1), kNo);
  queue.wait(kD, seconds(2), kYes);
  queue.wait(kE, seconds(3), kYes);
  EXPECT_EQ(queue.next(kNow), kA);
  EXPECT_EQ(queue.make_row(), (Askers{kD, kE}));
  EXPECT_EQ(queue.size(), 5U);
  queue.leave(kA, kNow);
  EXPECT_EQ(queue.holder(), kD);
  EXPECT_EQ(queue.ends_at(), kNow + seconds(2));
  EXPECT_EQ(queue.next(kNow), std::nullopt);
  queue.leave(kE, kNow);
  queue.leave(kD, kNow);
  EXPECT_EQ(queue.next(kNow), kB) << "no row is made of one that has begun";
  EXPECT_EQ(queue.make_row(), Askers{});
}

TEST(TurnQueue, LimitsRows) {
  TurnQueue queue;
  for (std::uint32_t id = 0; id < 2 * TurnQueue::kMostInRow; ++id) queue.wait({1, id}, seconds(1), kYes);
  EXPECT_TRUE(queue.next(kNow));
  EXPECT_EQ(queue.make_row().size(), TurnQueue::kMostInRow - 1);
}

TEST(TurnQueue, EndsARowWithWhoIsBeforeIt) {
  TurnQueue queue;
  for (const Asker& asker : {kA, kC, kB}) queue.wait(asker, seconds(1), kYes);
  EXPECT_EQ(queue.next(kNow), kA);
  EXPECT_EQ(queue.make_row(), Askers{kC});
  EXPECT_EQ(queue.end_late(kNow + seconds(1)), Askers{kC});
  EXPECT_EQ(queue.next(kNow), kB);
  queue.wait(kA, seconds(1), kYes);
  queue.leave_all(2);
  EXPECT_EQ(queue.next(kNow), kA);
  queue.wait(kC, seconds(1), kYes);
  EXPECT_EQ(queue.make_row(), Askers{kC});
  queue.leave_all(1);
  EXPECT_TRUE(queue.is_free());
}

}  // namespace
}  // namespace wws::store
