#include "runtime/verified_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <unordered_set>

namespace wws::runtime {
namespace {

class VerifiedFilesTest : public testing::Test {
 protected:
  VerifiedFilesTest() {
    std::string name = (std::filesystem::temp_directory_path() / "wws-verified-XXXXXX").string();
    path_ = mkdtemp(name.data());
    folder_ = base::File(open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  ~VerifiedFilesTest() override { std::filesystem::remove_all(path_); }

  /// Of a file that changed `ago` before now.
  static struct stat state(std::chrono::seconds ago, off_t size = 1) {
    struct stat status{};
    status.st_size = size;
    status.st_ctim.tv_sec = time(nullptr) - ago.count();
    return status;
  }
  VerifiedFiles read(const std::string& boot = "a") const { return VerifiedFiles::read(folder_, boot); }
  void write(VerifiedFiles& files, const std::unordered_set<std::string>& there = {"x", "y"}) const {
    const auto written = files.write(folder_, there);
    EXPECT_TRUE(written) << written.error().message;
  }

  std::filesystem::path path_;
  base::File folder_;
  const struct stat old_ = state(std::chrono::hours(1));
};

TEST_F(VerifiedFilesTest, KnowsAFileInTheStateInWhichItWas) {
  auto files = read();
  EXPECT_FALSE(files.has("x", old_));
  files.add("x", old_);
  EXPECT_TRUE(files.has("x", old_));
  write(files);
  EXPECT_TRUE(read().has("x", old_));
  EXPECT_FALSE(read().has("y", old_));
  EXPECT_FALSE(read().has("x", state(std::chrono::hours(1), 2)));
  EXPECT_FALSE(read().has("x", state(std::chrono::minutes(1))));
}

TEST_F(VerifiedFilesTest, KnowsNothingOfAnEarlierStartOfTheMachine) {
  auto files = read();
  files.add("x", old_);
  write(files);
  EXPECT_FALSE(read("b").has("x", old_));
  EXPECT_FALSE(read("").has("x", old_));
}

/// Another change could have the same time.
TEST_F(VerifiedFilesTest, LeavesOutWhatHasJustChanged) {
  const struct stat now = state(std::chrono::seconds(-1));
  auto files = read();
  files.add("x", now);
  files.add("y", old_);
  write(files);
  EXPECT_FALSE(read().has("x", now));
  EXPECT_TRUE(read().has("y", old_));
}

TEST_F(VerifiedFilesTest, ForgetsFilesThatAreGone) {
  auto files = read();
  files.add("x", old_);
  files.add("y", old_);
  write(files, {"y"});
  EXPECT_FALSE(read().has("x", old_));
  EXPECT_TRUE(read().has("y", old_));
}

TEST_F(VerifiedFilesTest, WritesNothingWithoutNews) {
  auto files = read();
  files.add("x", old_);
  write(files);
  std::filesystem::remove(path_ / VerifiedFiles::kName);
  files.add("x", old_);
  write(files);
  EXPECT_TRUE(std::filesystem::is_empty(path_));
}

TEST_F(VerifiedFilesTest, BelievesNoFileThatIsNotOursAlone) {
  auto files = read();
  files.add("x", old_);
  write(files);
  const auto file = path_ / VerifiedFiles::kName;
  std::filesystem::permissions(file, std::filesystem::perms::group_write, std::filesystem::perm_options::add);
  EXPECT_FALSE(read().has("x", old_));
  std::filesystem::permissions(file, std::filesystem::perms::group_write,
                               std::filesystem::perm_options::remove);
  EXPECT_TRUE(read().has("x", old_));
  std::filesystem::rename(file, path_ / "elsewhere");
  std::filesystem::create_symlink("elsewhere", file);
  EXPECT_FALSE(read().has("x", old_));
}

TEST_F(VerifiedFilesTest, TakesAnyContent) {
  for (const char* content :
       {"", "\n", "wws-verified 1 a", "wws-verified 1 a\n\n \nx\n x", "wws-verified 2 a\nx 0"}) {
    std::ofstream(path_ / VerifiedFiles::kName) << content;
    EXPECT_FALSE(read().has("x", old_)) << content;
  }
}

TEST(BootIdTest, StaysTheSameWhileTheMachineRuns) {
  EXPECT_FALSE(boot_id().empty());
  EXPECT_EQ(boot_id(), boot_id());
}

}  // namespace
}  // namespace wws::runtime
