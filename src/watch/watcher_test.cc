#include "watch/watcher.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <string>

namespace wws::watch {
namespace {

namespace fs = std::filesystem;

/// A real folder, and a clock that stands still.
class WatcherTest : public testing::TestWithParam<Method> {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "wws-watch-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    top_ = name;
    root_ = top_ / "project";
    fs::create_directories(root_ / "a/b");
    write(root_ / "a/b/old.wasm", "old");
  }
  void TearDown() override { fs::remove_all(top_); }

  static void write(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }
  [[nodiscard]] Watcher start() { return {{{root_}, {top_ / "wws.toml"}}, GetParam(), clock_}; }

  /// What has changed, after the time in which it is collected.
  std::optional<Change> change(Watcher& watcher) {
    clock_.advance(Watcher::kPollPeriod);
    if (auto early = watcher.look()) return early;
    clock_.advance(Changes::kQuiet);
    return watcher.look();
  }
  /// Whether a change is told that names the file.
  bool tells(Watcher& watcher, const fs::path& file) {
    const auto told = change(watcher);
    return told && (told->is_unknown || told->paths.contains(file));
  }

  fs::path top_;
  fs::path root_;
  base::ManualClock clock_;
};

TEST_P(WatcherTest, TellsNothingWhereNothingChanged) {
  Watcher watcher = start();
  EXPECT_FALSE(change(watcher));
  EXPECT_FALSE(change(watcher));
}

TEST_P(WatcherTest, TellsOfFilesThatComeChangeMoveAndGo) {
  Watcher watcher = start();
  write(root_ / "new.wasm", "1");
  EXPECT_TRUE(tells(watcher, root_ / "new.wasm"));
  write(root_ / "a/b/old.wasm", "another");
  EXPECT_TRUE(tells(watcher, root_ / "a/b/old.wasm"));
  fs::rename(root_ / "new.wasm", root_ / "a/moved.wasm");
  EXPECT_TRUE(tells(watcher, root_ / "a/moved.wasm"));
  fs::remove(root_ / "a/moved.wasm");
  EXPECT_TRUE(tells(watcher, root_ / "a/moved.wasm"));
  EXPECT_FALSE(change(watcher));
}

TEST_P(WatcherTest, TellsOfAFileThatTakesTheNameOfAnother) {
  Watcher watcher = start();
  write(root_ / "a/b/old.wasm~", "new");
  (void)change(watcher);
  fs::rename(root_ / "a/b/old.wasm~", root_ / "a/b/old.wasm");
  EXPECT_TRUE(tells(watcher, root_ / "a/b/old.wasm"));
}

TEST_P(WatcherTest, LooksIntoFoldersThatCameLater) {
  Watcher watcher = start();
  fs::create_directories(root_ / "c/d");
  EXPECT_TRUE(tells(watcher, root_ / "c"));
  write(root_ / "c/d/x.wasm", "x");
  EXPECT_TRUE(tells(watcher, root_ / "c/d/x.wasm"));
}

TEST_P(WatcherTest, KnowsAMovedFolderByItsNewName) {
  Watcher watcher = start();
  fs::rename(root_ / "a", root_ / "z");
  EXPECT_TRUE(tells(watcher, root_ / "z"));
  write(root_ / "z/b/old.wasm", "written in the moved folder");
  EXPECT_TRUE(tells(watcher, root_ / "z/b/old.wasm"));
}

TEST_P(WatcherTest, ForgetsAFolderThatWasMovedAway) {
  Watcher watcher = start();
  fs::rename(root_ / "a", top_ / "elsewhere");
  EXPECT_TRUE(change(watcher));
  write(top_ / "elsewhere/b/old.wasm", "nobody's concern");
  EXPECT_FALSE(change(watcher));
}

TEST_P(WatcherTest, LooksAgainForAProjectThatWent) {
  Watcher watcher = start();
  fs::remove_all(root_);
  EXPECT_TRUE(change(watcher));
  fs::create_directories(root_);
  write(root_ / "x.wasm", "x");
  EXPECT_TRUE(change(watcher));
  write(root_ / "y.wasm", "y");
  EXPECT_TRUE(tells(watcher, root_ / "y.wasm"));
}

TEST_P(WatcherTest, TellsOfTheSingleFileAndNotOfThoseBesideIt) {
  Watcher watcher = start();
  write(top_ / "other.toml", "");
  EXPECT_FALSE(change(watcher));
  write(top_ / "wws.toml", "");
  EXPECT_TRUE(tells(watcher, top_ / "wws.toml"));
}

TEST_P(WatcherTest, SaysNothingOfWhatIsIgnored) {
  fs::create_directories(root_ / ".git");
  fs::create_directories(root_ / "data");
  Watcher watcher({{root_}, {}, [&](const fs::path& path) { return path == root_ / "data"; }}, GetParam(),
                  clock_);
  write(root_ / ".git/index", "");
  write(root_ / "data/x", "");
  write(root_ / "a/.x.wasm.swp", "");
  EXPECT_FALSE(change(watcher));
}

/// A file that is made and written to is complete when it is closed.
TEST_P(WatcherTest, WaitsForTheWriter) {
  if (GetParam() == Method::kPolling) GTEST_SKIP() << "who looks sees what is there";
  Watcher watcher = start();
  std::ofstream file(root_ / "slow.wasm");
  file << "half" << std::flush;
  EXPECT_FALSE(change(watcher));
  file.close();
  EXPECT_TRUE(tells(watcher, root_ / "slow.wasm"));
}

INSTANTIATE_TEST_SUITE_P(Methods, WatcherTest, testing::Values(Method::kAutomatic, Method::kPolling));

TEST(Changes, AreOneWhileTheyComeInARow) {
  base::ManualClock clock;
  Changes changes;
  changes.add("a", clock.now());
  clock.advance(Changes::kQuiet / 2);
  changes.add("b", clock.now());
  clock.advance(Changes::kQuiet / 2);
  EXPECT_FALSE(changes.take(clock.now()));
  clock.advance(Changes::kQuiet / 2);
  const auto change = changes.take(clock.now());
  ASSERT_TRUE(change);
  EXPECT_EQ(change->paths.size(), 2U);
  EXPECT_FALSE(changes.take(clock.now()));
  EXPECT_EQ(changes.due(), base::Instant::max());
}

TEST(Changes, AreToldAtLastThoughMoreCome) {
  base::ManualClock clock;
  Changes changes;
  const base::Instant began = clock.now();
  while (!changes.take(clock.now())) {
    ASSERT_LE(clock.now() - began, Changes::kLongest);
    changes.add("a", clock.now());
    clock.advance(Changes::kQuiet / 2);
  }
}

TEST(Changes, OfVeryManyFilesAreUnknown) {
  base::ManualClock clock;
  Changes changes;
  for (std::size_t i = 0; i <= Changes::kMost; ++i) changes.add(std::to_string(i), clock.now());
  clock.advance(Changes::kQuiet);
  EXPECT_TRUE(changes.take(clock.now())->is_unknown);
}

}  // namespace
}  // namespace wws::watch
