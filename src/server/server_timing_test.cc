#include "server/server_timing.h"

#include <gtest/gtest.h>

namespace wws::server {
namespace {

using namespace std::chrono_literals;

TEST(ServerTiming, TellsMillisecondsWithThreeDecimals) {
  runtime::Timing timing;
  timing.queue = 0ns;
  timing.start = 12'345ns;
  timing.cpu = 1s;
  EXPECT_EQ(server_timing(timing, 1'000'500us),
            "queue;desc=\"Waited\";dur=0.000, start;desc=\"Instance start\";dur=0.012, "
            "cpu;desc=\"CPU time\";dur=1000.000, total;desc=\"Total\";dur=1000.500");
}

TEST(ServerTiming, LeavesOutWhatDidNotComeAbout) {
  runtime::Timing timing;
  EXPECT_EQ(server_timing(timing, 1ms), "total;desc=\"Total\";dur=1.000");
  timing.queue = 2ms;
  EXPECT_EQ(
      server_timing(timing, 3ms),
      "queue;desc=\"Waited\";dur=2.000, cpu;desc=\"CPU time\";dur=0.000, total;desc=\"Total\";dur=3.000");
}

}  // namespace
}  // namespace wws::server
