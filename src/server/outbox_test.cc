#include "server/outbox.h"

#include <gtest/gtest.h>

#include "server/http1_connection.h"

namespace wws::server {
namespace {

TEST(Outbox, IsDueWhenAnAnswerHasWaitedForLongEnough) {
  base::ManualClock clock;
  Outbox outbox(clock);
  EXPECT_FALSE(outbox.is_due());
  outbox.add(nullptr);
  EXPECT_FALSE(outbox.is_due());
  EXPECT_FALSE(outbox.is_empty());
  clock.advance(Outbox::kLongest);
  EXPECT_TRUE(outbox.is_due());
}

TEST(Outbox, IsDueWhenThereAreEnough) {
  base::ManualClock clock;
  Outbox outbox(clock);
  for (std::size_t i = 1; i < Outbox::kMost; ++i) outbox.add(nullptr);
  EXPECT_FALSE(outbox.is_due());
  outbox.add(nullptr);
  EXPECT_TRUE(outbox.is_due());
}

}  // namespace
}  // namespace wws::server
