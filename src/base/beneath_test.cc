#include "base/beneath.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace wws::base {
namespace {

namespace fs = std::filesystem;

class Beneath : public testing::TestWithParam<Resolver> {
 protected:
  Beneath() : root_(fs::temp_directory_path() / "wws-beneath-XXXXXX") {
    std::string name = root_.string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    put("outside", "secret");
    put("in/file", "file");
    put("in/a/b/deep", "deep");
    folder_ = File(open((root_ / "in").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  ~Beneath() override { fs::remove_all(root_); }
  void SetUp() override {
    if (GetParam() == Resolver::kKernel && available_resolver() != Resolver::kKernel)
      GTEST_SKIP() << "this kernel has no openat2";
  }

  void put(const fs::path& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  void link(const char* target, const char* place) const { fs::create_symlink(target, root_ / "in" / place); }
  /// What is in the file, or the name of the error.
  std::string at(const std::string& path) const {
    const File file = open_beneath(folder_, path, GetParam());
    if (!file) return strerrorname_np(errno);
    const auto text = read_file(file, path);
    return text ? *text : "no file";
  }

  fs::path root_;
  File folder_;
};

INSTANTIATE_TEST_SUITE_P(Each, Beneath, testing::Values(Resolver::kKernel, Resolver::kByHand),
                         [](const auto& each) {
                           return each.param == Resolver::kKernel ? "ByKernel" : "ByHand";
                         });

TEST_P(Beneath, OpensWhatIsThere) {
  EXPECT_EQ(at("file"), "file");
  EXPECT_EQ(at("a/b/deep"), "deep");
  EXPECT_EQ(at("a/../file"), "file");
  EXPECT_EQ(at("./a/./b//deep"), "deep");
  EXPECT_EQ(at("a"), "no file");
  EXPECT_EQ(at("."), "no file");
}

TEST_P(Beneath, SaysWhyItOpensNothing) {
  EXPECT_EQ(at("none"), "ENOENT");
  EXPECT_EQ(at("none/file"), "ENOENT");
  EXPECT_EQ(at("file/x"), "ENOTDIR");
  EXPECT_EQ(at(std::string(300, 'x')), "ENAMETOOLONG");
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none = {0, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  EXPECT_EQ(at("file"), "EMFILE");
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST_P(Beneath, DoesNotLeave) {
  EXPECT_EQ(at("../outside"), "EXDEV");
  EXPECT_EQ(at("a/../../outside"), "EXDEV");
  EXPECT_EQ(at("/etc/passwd"), "EXDEV");
  EXPECT_EQ(at(".."), "EXDEV");
}

TEST_P(Beneath, FollowsLinksThatStayInside) {
  link("a/b/deep", "to_file");
  link("a", "to_folder");
  link("../../file", "a/b/up");
  link("to_folder/b/up", "chain");
  EXPECT_EQ(at("to_file"), "deep");
  EXPECT_EQ(at("to_folder/b/deep"), "deep");
  EXPECT_EQ(at("chain"), "file");
}

TEST_P(Beneath, FollowsNoOthers) {
  link("../outside", "out");
  link("/etc/passwd", "absolute");
  link("..", "up");
  link("loop", "loop");
  link("a/../../outside", "winding");
  EXPECT_EQ(at("out"), "EXDEV");
  EXPECT_EQ(at("absolute"), "EXDEV");
  EXPECT_EQ(at("up/outside"), "EXDEV");
  EXPECT_EQ(at("loop"), "ELOOP");
  EXPECT_EQ(at("winding"), "EXDEV");
}

TEST_P(Beneath, DoesNotWaitForAPipe) {
  ASSERT_EQ(mkfifo((root_ / "in/pipe").c_str(), 0600), 0);
  EXPECT_EQ(at("pipe"), "no file");
}

TEST_P(Beneath, DoesNotLeaveWhileOthersMoveThings) {
  std::atomic<bool> is_done = false;
  std::thread mover([&] {
    while (!is_done) {
      fs::rename(root_ / "in/a/b", root_ / "b");  // out: its ".." is not ours any more
      fs::rename(root_ / "b", root_ / "in/a/b");
      std::error_code ignored;
      fs::rename(root_ / "in/file", root_ / "in/kept", ignored);
      link("../outside", "file");
      fs::rename(root_ / "in/kept", root_ / "in/file", ignored);
    }
  });
  for (int i = 0; i < 3000; ++i) {
    ASSERT_NE(at("a/b/../../outside"), "secret");
    ASSERT_NE(at("file"), "secret");
  }
  is_done = true;
  mover.join();
}

}  // namespace
}  // namespace wws::base
