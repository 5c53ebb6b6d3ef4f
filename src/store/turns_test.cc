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
    queue.leave(asker);
  }
  EXPECT_TRUE(queue.is_free());
}

TEST(TurnQueue, ForgetsWhoLeaves) {
  TurnQueue queue;
  for (const Asker& asker : {kA, kB, kC}) queue.wait(asker, seconds(1));
  EXPECT_EQ(queue.next(kNow), kA);
  queue.leave(kB);
  queue.leave_all(1);
  EXPECT_TRUE(queue.is_free());
  queue.leave(kA);
  EXPECT_EQ(queue.size(), 0U);
}

TEST(TurnQueue, TakesTheTurnFromWhoIsLate) {
  TurnQueue queue;
  queue.wait(kA, seconds(2));
  queue.wait(kB, seconds(1));
  EXPECT_EQ(queue.ends_at(), base::Instant::max());
  EXPECT_EQ(queue.next(kNow), kA);
  EXPECT_EQ(queue.ends_at(), kNow + seconds(2));
  queue.end_late(kNow + seconds(1));
  EXPECT_TRUE(queue.has(kA));
  queue.end_late(kNow + seconds(2));
  EXPECT_FALSE(queue.has(kA));
  EXPECT_EQ(queue.next(kNow), kB);
}

}  // namespace
}  // namespace wws::store
