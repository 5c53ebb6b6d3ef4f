#include "base/random.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace wws::base {
namespace {

TEST(Random, GivesEachByteOnce) {
  Random random;
  std::set<std::vector<std::uint8_t>> seen;
  for (int i = 0; i < 1000; ++i) {
    std::vector<std::uint8_t> bytes(16);
    ASSERT_TRUE(random.fill(bytes));
    EXPECT_TRUE(seen.insert(bytes).second);
  }
}

TEST(Random, FillsAllOfAnySize) {
  Random random;
  for (const std::size_t size : {0U, 1U, 127U, 128U, 129U, 511U, 512U, 513U, 100'000U}) {
    std::vector<std::uint8_t> bytes(size, 0);
    ASSERT_TRUE(random.fill(bytes));
    // So many zeros in a row do not come by chance.
    for (std::size_t i = 0; i + 16 <= size; i += 16)
      EXPECT_NE(std::vector<std::uint8_t>(16),
                std::vector<std::uint8_t>(bytes.begin() + static_cast<long>(i),
                                          bytes.begin() + static_cast<long>(i) + 16));
  }
}

}  // namespace
}  // namespace wws::base
