#include "router/project_files.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

namespace wws::router {
namespace {

namespace fs = std::filesystem;
using Files = std::vector<std::string>;

class FindWorkers : public ::testing::Test {
 protected:
  FindWorkers() {
    std::string name = (fs::temp_directory_path() / "wws-files-XXXXXX").string();
    base_ = mkdtemp(name.data());
    root_ = base_ / "_public";  // names that only count below the root
    fs::create_directories(root_);
  }
  ~FindWorkers() override { fs::remove_all(base_); }

  void put(const std::string& path) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << "x";
  }
  Files find(Files ignore = {}) {
    auto files = find_workers(root_, {{".wasm"}, std::move(ignore)}, diagnostics_);
    EXPECT_TRUE(files) << files.error().message;
    return files.value_or(Files{});
  }

  fs::path base_;
  fs::path root_;
  config::Diagnostics diagnostics_;
};

TEST_F(FindWorkers, FindsModulesAtAnyDepthSorted) {
  for (const char* file : {"b.wasm", "a/[id].wasm", "a.wasm", "note.txt", "UP.WASM", "x.js"}) put(file);
  EXPECT_EQ(find(), (Files{"a.wasm", "a/[id].wasm", "b.wasm"}));
}

TEST_F(FindWorkers, LeavesOutWhatIsNotAWorker) {
  for (const char* file :
       {".hidden.wasm", ".git/a.wasm", "node_modules/a.wasm", "public/a.wasm", "x/public/a.wasm",
        "_draft.wasm", "_lib/a.wasm", "x/_y/a.wasm", ".wws/a.wasm", ".wasm", "ok.wasm"}) {
    put(file);
  }
  EXPECT_EQ(find(), (Files{"ok.wasm"}));
}

TEST_F(FindWorkers, LeavesOutWhatIsIgnored) {
  for (const char* file : {"a.wasm", "drafts/b.wasm", "x/drafts/c.wasm", "x/d.wasm"}) put(file);
  EXPECT_EQ(find({"drafts/**"}), (Files{"a.wasm", "x/d.wasm", "x/drafts/c.wasm"}));
  EXPECT_EQ(find({"x/*", ""}), (Files{"a.wasm", "drafts/b.wasm", "x/drafts/c.wasm"}));
  EXPECT_TRUE(diagnostics_.empty());
  EXPECT_EQ(find({"drafts"}), (Files{"a.wasm", "drafts/b.wasm", "x/d.wasm", "x/drafts/c.wasm"}));
  EXPECT_EQ(diagnostics_.list().size(), 1U);
  EXPECT_EQ(find({"**/drafts/**", "a.*"}), (Files{"x/d.wasm"}));
}

TEST_F(FindWorkers, FollowsLinksInsideTheProjectWithoutEnd) {
  put("a/w.wasm");
  std::ofstream(base_ / "outside.wasm") << "x";
  fs::create_directory_symlink("a", root_ / "b");
  fs::create_directory_symlink("..", root_ / "a/up");
  fs::create_symlink("a/w.wasm", root_ / "link.wasm");
  fs::create_symlink(base_ / "outside.wasm", root_ / "outside.wasm");
  fs::create_symlink("nowhere", root_ / "broken.wasm");
  EXPECT_EQ(find(), (Files{"a/w.wasm", "b/w.wasm", "link.wasm"}));
}

TEST_F(FindWorkers, ReportsANameThatIsNotUtf8) {
  put("\xff.wasm");
  put("é.wasm");
  EXPECT_EQ(find(), (Files{"é.wasm"}));
  ASSERT_EQ(diagnostics_.list().size(), 1U);
  EXPECT_NE(diagnostics_.list()[0].message.find("not UTF-8"), std::string::npos);
}

TEST_F(FindWorkers, RefusesAMissingFolderAndABadGlob) {
  EXPECT_EQ(find_workers(root_ / "none", {}, diagnostics_).error().code, ErrorCode::kBadProject);
  EXPECT_EQ(find_workers(root_, {{".wasm"}, {"["}}, diagnostics_).error().code, ErrorCode::kBadUsage);
}

}  // namespace
}  // namespace wws::router
