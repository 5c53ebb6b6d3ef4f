// What the supervisor decides by: heartbeats, deaths of modules, kills for memory, signals.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "supervisor/deaths.h"
#include "supervisor/heartbeat.h"
#include "supervisor/memory_kills.h"
#include "supervisor/stop_request.h"

namespace wws::supervisor {
namespace {

namespace fs = std::filesystem;
using Work = Heartbeat::Work;

TEST(Heartbeat, NoticesWhoStandsStillWithWork) {
  Heartbeat heartbeat(3);
  EXPECT_FALSE(heartbeat.stands_still(7, Work::kSome));
  EXPECT_FALSE(heartbeat.stands_still(7, Work::kSome));
  EXPECT_FALSE(heartbeat.stands_still(7, Work::kSome));
  EXPECT_TRUE(heartbeat.stands_still(7, Work::kSome));
}

TEST(Heartbeat, LeavesTheIdleAndTheSlowInPeace) {
  Heartbeat heartbeat(2);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(heartbeat.stands_still(7, Work::kNone));
  for (std::uint64_t turns = 8; turns < 100; ++turns) {
    EXPECT_FALSE(heartbeat.stands_still(turns, Work::kSome));
    EXPECT_FALSE(heartbeat.stands_still(turns, Work::kSome));
  }
  // Work that has just come is not the work that the last look saw.
  EXPECT_FALSE(heartbeat.stands_still(99, Work::kNone));
  EXPECT_FALSE(heartbeat.stands_still(99, Work::kSome));
  EXPECT_FALSE(heartbeat.stands_still(99, Work::kSome));
  EXPECT_TRUE(heartbeat.stands_still(99, Work::kSome));
}

/// A module that killed a process once a month was put aside after the third.
TEST(Deaths, CountWithinAWindow) {
  using std::chrono::minutes;
  Deaths deaths;
  base::ManualClock clock;
  EXPECT_EQ(deaths.add(3, clock.now()), 1U);
  clock.advance(minutes(6));
  EXPECT_EQ(deaths.add(3, clock.now()), 2U);
  EXPECT_EQ(deaths.add(4, clock.now()), 1U);
  clock.advance(minutes(6));
  EXPECT_EQ(deaths.add(3, clock.now()), 2U);
  EXPECT_EQ(deaths.add(3, clock.now()), 3U);
  clock.advance(Deaths::kWindow);
  EXPECT_EQ(deaths.add(3, clock.now()), 1U);
}

TEST(Deaths, KeepNoMoreThanTheyCount) {
  Deaths deaths;
  const base::ManualClock clock;
  for (int i = 0; i < 1000; ++i) EXPECT_LE(deaths.add(3, clock.now()), Deaths::kMost);
}

class MemoryKillsTest : public ::testing::Test {
 protected:
  MemoryKillsTest() {
    std::string name = (fs::temp_directory_path() / "wws-kills-XXXXXX").string();
    root_ = mkdtemp(name.data());
  }
  ~MemoryKillsTest() override { fs::remove_all(root_); }
  void put(const fs::path& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  MemoryKills kills() { return MemoryKills(root_, root_ / "self"); }

  fs::path root_;
};

TEST_F(MemoryKillsTest, AreTakenOneByOneFromTheSecondVersionOfCgroups) {
  put("self", "0::/a/b\n");
  put("a/b/memory.events", "low 0\nhigh 0\nmax 9\noom 5\noom_kill 2\noom_group_kill 0\n");
  MemoryKills kills = this->kills();
  EXPECT_FALSE(kills.take());
  put("a/b/memory.events", "low 0\nhigh 0\nmax 9\noom 7\noom_kill 4\noom_group_kill 0\n");
  EXPECT_TRUE(kills.take());
  EXPECT_TRUE(kills.take());
  EXPECT_FALSE(kills.take());
}

TEST_F(MemoryKillsTest, AreFoundInTheFirstVersionBesideTheSecond) {
  put("self", "9:name=systemd:/\n4:memory:/box\n0::/\n");
  put("memory/box/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n");
  MemoryKills kills = this->kills();
  put("memory/box/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
  EXPECT_TRUE(kills.take());
  EXPECT_FALSE(kills.take());
}

TEST_F(MemoryKillsTest, AreNotGuessed) {
  EXPECT_FALSE(kills().take());
  put("self", "nonsense\n0::/gone\n");
  EXPECT_FALSE(kills().take());
  put("gone/memory.events", "oom_kill many\n");
  EXPECT_FALSE(kills().take());
}

/// timeout(1) sends SIGTERM to the server and then to its group: the second one ended all requests at once.
TEST(StopRequest, TakesSignalsThatComeTogetherForOne) {
  using Meaning = StopRequest::Meaning;
  base::ManualClock clock;
  StopRequest request;
  EXPECT_EQ(request.on_signal(clock.now()), Meaning::kStop);
  EXPECT_EQ(request.on_signal(clock.now()), Meaning::kSameAgain);
  clock.advance(StopRequest::kTogether - std::chrono::milliseconds(1));
  EXPECT_EQ(request.on_signal(clock.now()), Meaning::kSameAgain);
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(request.on_signal(clock.now()), Meaning::kEndAtOnce);
}

}  // namespace
}  // namespace wws::supervisor
