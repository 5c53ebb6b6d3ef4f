#include "base/private_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace wws::base {
namespace {

namespace fs = std::filesystem;

class PrivateFolder : public testing::Test {
 protected:
  PrivateFolder() : root_(fs::temp_directory_path() / "wws-private-XXXXXX") {
    std::string name = root_.string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  ~PrivateFolder() override { fs::remove_all(root_); }

  /// "", or why the folder is not used.
  static std::string problem(const fs::path& path) {
    const auto folder = open_private_folder(path);
    return folder ? "" : folder.error().message;
  }
  void make(const fs::path& path, mode_t mode) const {
    fs::create_directories(root_ / path);
    chmod((root_ / path).c_str(), mode);
  }
  static void expect_mode(const fs::path& path, mode_t mode) {
    struct stat status{};
    ASSERT_EQ(stat(path.c_str(), &status), 0) << path;
    EXPECT_EQ(status.st_mode & 07777U, mode) << path;
  }

  fs::path root_;
};

TEST_F(PrivateFolder, IsMadeWithAllAboveIt) {
  const auto folder = open_private_folder(root_ / "a/./b//c");
  ASSERT_TRUE(folder) << folder.error().message;
  for (const char* path : {"a", "a/b", "a/b/c"}) expect_mode(root_ / path, 0700);
  EXPECT_EQ(mkdirat(folder->fd(), "inside", 0700), 0);
  EXPECT_TRUE(fs::is_directory(root_ / "a/b/c/inside"));
}

// Only the folder itself was looked at: whoever could write to one above it could put another in its place.
TEST_F(PrivateFolder, IsNotUsedBelowOneThatOthersMayWriteTo) {
  for (const mode_t mode : {0777, 0770, 0775, 0722}) {
    make("open/a/cache", 0700);
    make("open", mode);
    EXPECT_NE(problem(root_ / "open/a/cache").find("/open: others may write"), std::string::npos) << mode;
  }
  make("open", 01777);  // as /tmp: what is ours in it stays ours
  EXPECT_EQ(problem(root_ / "open/a/cache"), "");
}

TEST_F(PrivateFolder, IsNotUsedIfOthersMayWriteToIt) {
  for (const mode_t mode : {0777, 0770, 0702, 01777}) {
    make("cache", mode);
    EXPECT_NE(problem(root_ / "cache").find("/cache: others may write"), std::string::npos) << mode;
  }
  make("cache", 0755);
  EXPECT_EQ(problem(root_ / "cache"), "");
}

TEST_F(PrivateFolder, BelongsToUsAndSoDoesTheWayThere) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  make("their/cache", 0700);
  ASSERT_EQ(chown((root_ / "their").c_str(), 65534, 65534), 0);
  EXPECT_NE(problem(root_ / "their/cache").find("/their: belongs to another user"), std::string::npos);
  make("shared/cache", 0700);
  make("shared", 01777);
  ASSERT_EQ(chown((root_ / "shared/cache").c_str(), 65534, 65534), 0);
  EXPECT_NE(problem(root_ / "shared/cache").find("/cache: belongs to another user"), std::string::npos);
}

TEST_F(PrivateFolder, MayBeReachedByLinksOfOurs) {
  make("real/cache", 0700);
  fs::create_symlink("real/../real", root_ / "relative");
  fs::create_symlink(root_ / "relative", root_ / "absolute");
  EXPECT_EQ(problem(root_ / "absolute/cache"), "");
  EXPECT_EQ(problem(root_ / "absolute/cache/../new"), "");
  EXPECT_TRUE(fs::is_directory(root_ / "real/new"));
  // The way that a link takes is checked as well.
  make("real", 0777);
  EXPECT_NE(problem(root_ / "absolute/cache").find("/real: others may write"), std::string::npos);
}

TEST_F(PrivateFolder, IsNotReachedByLinksOfOthers) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  make("ours/cache", 0700);
  make("shared", 01777);
  fs::create_symlink(root_ / "ours", root_ / "shared/link");
  ASSERT_EQ(lchown((root_ / "shared/link").c_str(), 65534, 65534), 0);
  EXPECT_NE(problem(root_ / "shared/link/cache").find("/link: a link of another user"), std::string::npos);
}

TEST_F(PrivateFolder, SaysWhatIsInTheWay) {
  std::ofstream(root_ / "file") << "x";
  fs::create_symlink("loop", root_ / "loop");
  EXPECT_NE(problem(root_ / "file/cache").find("/file: not a folder"), std::string::npos);
  EXPECT_NE(problem(root_ / "loop").find("/loop: a link"), std::string::npos);
  EXPECT_NE(problem(root_ / "loop/cache").find("Too many levels"), std::string::npos);
  EXPECT_NE(problem("/proc/cache").find("cannot be made"), std::string::npos);
}

}  // namespace
}  // namespace wws::base
