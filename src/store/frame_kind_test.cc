#include "store/frame_kind.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace wws::store {
namespace {

TEST(TurnRequest, IsReadBack) {
  std::string bytes;
  encode(TurnRequest{TurnRequest::Mode::kOnlyInTurn, 1234}, bytes);
  bytes += "rest";
  std::string_view payload = bytes;
  const auto turn = take_turn_request(payload);
  ASSERT_TRUE(turn);
  EXPECT_EQ(turn->mode, TurnRequest::Mode::kOnlyInTurn);
  EXPECT_EQ(turn->milliseconds, 1234U);
  EXPECT_EQ(payload, "rest");
  std::string_view cut = std::string_view(bytes).substr(0, 7);
  EXPECT_FALSE(take_turn_request(cut));
  bytes[0] = 7;
  std::string_view strange = bytes;
  EXPECT_FALSE(take_turn_request(strange));
}

}  // namespace
}  // namespace wws::store
