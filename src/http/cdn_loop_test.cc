#include "http/cdn_loop.h"

#include <gtest/gtest.h>

namespace wws::http {
namespace {

TEST(CdnLoop, CountsTheEntriesOfOne) {
  EXPECT_EQ(count_passes("", "wws"), 0U);
  EXPECT_EQ(count_passes("wws", "wws"), 1U);
  EXPECT_EQ(count_passes("wws,other.example ,\twws ; a=b,, wws-2, \"wws\"", "wws"), 2U);
  EXPECT_EQ(count_passes("wws;a,wws", "wws"), 2U);
}

}  // namespace
}  // namespace wws::http
