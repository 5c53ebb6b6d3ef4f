#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/script_files.h"
#include "runtime/script_resolver.h"

namespace wws::runtime {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

class ScriptTypeScriptTest : public ::testing::Test {
 protected:
  ScriptTypeScriptTest() {
    std::string name = (fs::temp_directory_path() / "wws-typescript-XXXXXX").string();
    root_ = fs::canonical(mkdtemp(name.data()));
  }
  ~ScriptTypeScriptTest() override { fs::remove_all(root_); }

  void put(const std::string& file, std::string_view content = "") const {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << content;
  }
  [[nodiscard]] std::string find(const std::string& name, const std::string& importer = "a.ts") const {
    ScriptResolver resolver(root_);
    return resolver.resolve(importer, {name, ImportStyle::kImport}).target;
  }
  [[nodiscard]] Names files_of(const std::string& script) const {
    ScriptResolver resolver(root_);
    Names files = script_files(resolver, script).files;
    std::ranges::sort(files);
    return files;
  }

  fs::path root_;
};

TEST_F(ScriptTypeScriptTest, FindsFilesByTheNamesThatTypeScriptHasForThem) {
  for (const char* file : {"b.ts", "c.tsx", "d/index.ts", "index.ts", "e.js", "f.mts", "both.js", "both.ts"})
    put(file);
  EXPECT_EQ(find("./b"), "b.ts");
  EXPECT_EQ(find("./b.js"), "b.ts");
  EXPECT_EQ(find("./b.ts"), "b.ts");
  EXPECT_EQ(find("./c"), "c.tsx");
  EXPECT_EQ(find("./c.jsx"), "c.tsx");
  EXPECT_EQ(find("./d"), "d/index.ts");
  EXPECT_EQ(find("./d/"), "d/index.ts");
  EXPECT_EQ(find(".", "d/a.ts"), "d/index.ts");
  EXPECT_EQ(find("..", "d/a.tsx"), "index.ts");
  EXPECT_EQ(find("./e"), "e.js");
  EXPECT_EQ(find("/f.mjs", "x/a.jsx"), "f.mts");
  EXPECT_EQ(find("./both.js"), "both.js") << "what is there by that very name";
  EXPECT_EQ(find("./none"), "there is no such file in the project");
  EXPECT_EQ(find("../b"), "it is outside of the project");
}

TEST_F(ScriptTypeScriptTest, DoesSoForTypeScriptAlone) {
  put("b.ts");
  EXPECT_EQ(find("./b.ts", "a.js"), "b.ts");
  EXPECT_EQ(find("./b.js", "a.js"), "there is no such file in the project");
  EXPECT_EQ(find("./b.js", "a.ts"), "b.ts") << "in the same folder";
}

TEST_F(ScriptTypeScriptTest, KnowsModulesByTheirText) {
  put("module.ts", "export const a = 1;");
  put("common.ts", "module.exports = 1;");
  put("jsx.tsx", "module.exports = 1;");
  put("bare.mts", "module.exports = 1;");
  put("types.d.ts");
  ScriptResolver resolver(root_);
  EXPECT_EQ(resolver.kind_of("module.ts"), ScriptKind::kModule);
  EXPECT_EQ(resolver.kind_of("common.ts"), ScriptKind::kCommonJs);
  EXPECT_EQ(resolver.kind_of("jsx.tsx"), ScriptKind::kModule);
  EXPECT_EQ(resolver.kind_of("bare.mts"), ScriptKind::kModule);
  EXPECT_EQ(resolver.kind_of("types.d.ts"), ScriptKind::kData);
}

TEST_F(ScriptTypeScriptTest, TakesSettingsAndWhatTheyExtend) {
  put("tsconfig.json", R"({"extends": "./x/base"})");
  put("x/base.json", R"({"extends": ["./loop", "./none", "@package/base"]})");
  put("x/loop.json", R"({"extends": "../tsconfig.json"})");
  put("near/tsconfig.json", "{");
  put("a.ts");
  put("near/deep/a.ts");
  put("a.js");
  EXPECT_EQ(files_of("a.ts"), Names({"a.ts", "tsconfig.json", "x/base.json", "x/loop.json"}));
  EXPECT_EQ(files_of("near/deep/a.ts"), Names({"near/deep/a.ts", "near/tsconfig.json"}));
  EXPECT_EQ(files_of("a.js"), Names({"a.js"}));
}

TEST_F(ScriptTypeScriptTest, TakesWhatJsxIsMadeWith) {
  put("node_modules/react/package.json", R"({"exports": {"./jsx-runtime": "./jsx.js"}})");
  put("node_modules/react/jsx.js", "exports.jsx = 1;");
  put("set/tsconfig.json", R"({"compilerOptions": {"jsxImportSource": "/_own"}})");
  put("_own/jsx-runtime.ts", "export const jsx = 1;");
  put("a.tsx");
  put("a.jsx");
  put("a.ts");
  put("set/a.tsx");
  put("set/b.tsx", "/** @jsxImportSource react */");
  EXPECT_EQ(files_of("a.tsx"), Names({"a.tsx", "node_modules/react/jsx.js"}));
  EXPECT_EQ(files_of("a.jsx"), Names({"a.jsx", "node_modules/react/jsx.js"}));
  EXPECT_EQ(files_of("a.ts"), Names({"a.ts"}));
  EXPECT_EQ(files_of("set/a.tsx"), Names({"_own/jsx-runtime.ts", "set/a.tsx", "set/tsconfig.json"}));
  EXPECT_EQ(files_of("set/b.tsx"), Names({"node_modules/react/jsx.js", "set/b.tsx", "set/tsconfig.json"}));
}

}  // namespace
}  // namespace wws::runtime
