// A loader's modules when its sources change.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <string>

#include "runtime/module_loader.h"

namespace wws::runtime {
namespace {

namespace fs = std::filesystem;

class ModuleUpdate : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "wws-update-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { fs::remove_all(root_); }

  /// An empty module with a custom section of this text.
  void write(const std::string& file, const std::string& text) const {
    std::string module("\0asm\1\0\0\0", 8);
    module += '\0';
    module += static_cast<char>(text.size() + 1);
    module += '\0';
    std::ofstream(root_ / file, std::ios::binary) << module << text;
  }
  void update(ModuleLoader& loader, const std::vector<std::string>& files) const {
    std::vector<Source> sources;
    for (const std::string& file : files) sources.push_back(wasm_source(file));
    loader.begin_update(root_, std::move(sources));
    while (!loader.update_some(base::Duration(0))) {
    }
  }
  [[nodiscard]] ModuleLoader loader() const { return {root_, {}, root_ / "cache"}; }

  fs::path root_;
};

TEST_F(ModuleUpdate, KeepsTheNumbersOfWhatIsAsItWas) {
  write("a.wasm", "a");
  write("b.wasm", "b");
  ModuleLoader modules = loader();
  update(modules, {"a.wasm", "b.wasm"});
  write("b.wasm", "another");
  update(modules, {"b.wasm", "a.wasm"});
  EXPECT_EQ(modules.of_source(0), 2U);
  EXPECT_EQ(modules.of_source(1), 0U);
  fs::rename(root_ / "a.wasm", root_ / "c.wasm");
  update(modules, {"c.wasm"});
  EXPECT_EQ(modules.of_source(0), 0U);
}

TEST_F(ModuleUpdate, LetsGoOfWhatNobodyUses) {
  write("a.wasm", "a");
  write("b.wasm", "b");
  ModuleLoader modules = loader();
  update(modules, {"a.wasm", "b.wasm"});
  EXPECT_EQ(modules.keep_only({1}), std::vector<std::uint32_t>{0});
  EXPECT_EQ(modules.pending(), std::vector<std::uint32_t>{1});
  EXPECT_TRUE(modules.keep_only({1}).empty());
  // It comes again: with a number of its own.
  update(modules, {"a.wasm", "b.wasm"});
  EXPECT_EQ(modules.of_source(0), 2U);
  EXPECT_EQ(modules.of_source(1), 1U);
}

TEST_F(ModuleUpdate, TriesAFailedModuleAgainOnceItIsWrittenAnew) {
  write("a.wasm", "a");
  ModuleLoader modules = loader();
  update(modules, {"a.wasm"});
  modules.give_up(0, {ErrorCode::kBadModule, "bad"});
  write("a.wasm", "a");
  update(modules, {"a.wasm"});
  EXPECT_NE(modules.of_source(0), 0U);
  EXPECT_FALSE(modules.files(modules.of_source(0)));
}

TEST_F(ModuleUpdate, TellsOfAFileThatIsGone) {
  ModuleLoader modules = loader();
  update(modules, {"none.wasm"});
  const auto& files = modules.files(modules.of_source(0));
  ASSERT_TRUE(files);
  EXPECT_FALSE(*files);
}

}  // namespace
}  // namespace wws::runtime
