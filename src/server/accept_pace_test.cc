#include "server/accept_pace.h"

#include <gtest/gtest.h>

namespace wws::server {
namespace {

using std::chrono::milliseconds;

class AcceptPaceTest : public testing::Test {
 protected:
  /// Whether it rests behind the next connection.
  bool rests() { return pace_.accepted(++open_, clock_.now()) > base::Duration(0); }
  void close() {
    --open_;
    pace_.closed();
  }
  std::size_t rests_of(int connections) {
    std::size_t count = 0;
    for (int i = 0; i < connections; ++i) count += rests() ? 1 : 0;
    return count;
  }

  AcceptPace pace_;
  base::ManualClock clock_;
  std::size_t open_ = 0;
};

TEST_F(AcceptPaceTest, RestsBehindEachOfTheFirst) {
  EXPECT_FALSE(rests()) << "it may be the only one";
  EXPECT_EQ(rests_of(14), 14U);
}

TEST_F(AcceptPaceTest, RestsMoreSeldomTheMoreThereAre) {
  rests_of(1'000);
  EXPECT_LE(rests_of(1'000), 17U);
}

TEST_F(AcceptPaceTest, NeverRestsWhereConnectionsTakeThePlaceOfOthers) {
  rests_of(32);
  for (int i = 0; i < 1'000; ++i) {
    close();
    EXPECT_FALSE(rests());
  }
}

TEST_F(AcceptPaceTest, NeverRestsBehindASingleOne) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(rests());
    clock_.advance(milliseconds(11));
  }
}

// The fault: clients that came and left together let the process that had more of them take still more the
// next time.
TEST_F(AcceptPaceTest, ForgetsWhatWasClosedBeforeTheyCame) {
  rests_of(64);
  for (int i = 0; i < 64; ++i) close();
  clock_.advance(milliseconds(11));
  rests();
  EXPECT_EQ(rests_of(10), 10U);
}

}  // namespace
}  // namespace wws::server
