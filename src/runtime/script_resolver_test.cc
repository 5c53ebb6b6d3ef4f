#include "runtime/script_resolver.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/script_files.h"

namespace wws::runtime {
namespace {

namespace fs = std::filesystem;

constexpr auto kImport = ImportStyle::kImport;
constexpr auto kRequire = ImportStyle::kRequire;

class ScriptResolverTest : public ::testing::Test {
 protected:
  ScriptResolverTest() {
    std::string name = (fs::temp_directory_path() / "wws-resolver-XXXXXX").string();
    folder_ = fs::canonical(mkdtemp(name.data()));
    root_ = folder_ / "project";
    fs::create_directory(root_);
  }
  ~ScriptResolverTest() override { fs::remove_all(folder_); }

  void put(const std::string& file, std::string_view content = "") const {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << content;
  }
  void link(const std::string& from, const std::string& to) const {
    fs::create_directories((root_ / from).parent_path());
    fs::create_symlink(to, root_ / from);
  }
  void package(const std::string& folder, std::string_view json) const {
    put(folder + "/package.json", json);
  }

  /// The file that a name means, or what is wrong with it.
  [[nodiscard]] std::string find(const std::string& name, ImportStyle style = kImport,
                                 const std::string& importer = "a.js") const {
    ScriptResolver resolver(root_);
    const ResolvedImport found = resolver.resolve(importer, {name, style});
    return found.kind == ScriptKind::kNothing ? "nothing" : found.target;
  }
  [[nodiscard]] ScriptKind kind(const std::string& name, const std::string& importer = "a.js") const {
    ScriptResolver resolver(root_);
    return resolver.resolve(importer, {name, kImport}).kind;
  }
  static bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }

  fs::path folder_;
  fs::path root_;
};

TEST_F(ScriptResolverTest, FindsFilesOfTheProjectByTheirWholeNames) {
  put("lib/b.js");
  put("c.json");
  EXPECT_EQ(find("./lib/b.js"), "lib/b.js");
  EXPECT_EQ(find("/lib/b.js", kImport, "x/y/a.js"), "lib/b.js");
  EXPECT_EQ(find("../c.json", kImport, "lib/b.js"), "c.json");
  EXPECT_EQ(find("./lib/b"), "there is no such file, but lib/b.js; name it in full");
  EXPECT_EQ(find("./lib/b", kRequire), "lib/b.js");
  EXPECT_EQ(find("./none.js"), "there is no such file in the project");
  EXPECT_EQ(find("../c.json"), "it is outside of the project");
  EXPECT_EQ(find(std::string(2000, 'a')), "that is no name of a file or a package");
}

TEST_F(ScriptResolverTest, FindsTheNearestPackage) {
  put("node_modules/p/index.js");
  put("deep/node_modules/p/index.js");
  put("node_modules/@s/q/lib/x.js");
  package("node_modules/@s/q", R"({"main": "./lib/x"})");
  EXPECT_EQ(find("p", kImport, "other/a.js"), "node_modules/p/index.js");
  EXPECT_EQ(find("p", kImport, "deep/er/a.js"), "deep/node_modules/p/index.js");
  EXPECT_EQ(find("@s/q"), "node_modules/@s/q/lib/x.js");
  EXPECT_EQ(find("@s/q/lib/x.js"), "node_modules/@s/q/lib/x.js");
  EXPECT_EQ(find("@s/q/lib/x"), "node_modules/@s/q/lib/x.js");
  EXPECT_TRUE(contains(find("zod"), "there is no package zod in the project's node_modules"));
  EXPECT_TRUE(contains(find("@s"), "no name"));
}

TEST_F(ScriptResolverTest, TakesTheFirstConditionThatHolds) {
  for (const char* file : {"w", "i", "r", "d", "b"}) put(std::string("node_modules/p/") + file + ".js");
  package("node_modules/p", R"({"exports": {
    ".": {"node": "./n.js", "workerd": "./w.js", "default": "./d.js"},
    "./two": {"import": "./i.js", "require": "./r.js"},
    "./nested": {"node": "./n.js", "browser": {"deno": "./n.js", "require": "./r.js", "default": "./b.js"}},
    "./list": [{"node": "./n.js"}, "./absent.js", "./d.js"],
    "./none": null, "./absent": "./absent.js", "./out": "../../a.js"}})");
  EXPECT_EQ(find("p"), "node_modules/p/w.js");
  EXPECT_EQ(find("p/two"), "node_modules/p/i.js");
  EXPECT_EQ(find("p/two", kRequire), "node_modules/p/r.js");
  EXPECT_EQ(find("p/nested"), "node_modules/p/b.js");
  EXPECT_EQ(find("p/nested", kRequire), "node_modules/p/r.js");
  EXPECT_EQ(find("p/list"), "node_modules/p/d.js");
  EXPECT_EQ(find("p/none"), "node_modules/p/package.json exports nothing as \"./none\" for import");
  EXPECT_EQ(find("p/w.js", kRequire),
            "node_modules/p/package.json exports nothing as \"./w.js\" for require");
  EXPECT_EQ(find("p/absent"), "node_modules/p/package.json names ./absent.js, which is not there");
  put("a.js");
  EXPECT_EQ(find("p/out"), "node_modules/p/package.json names ../../a.js, which is no file of it");
}

TEST_F(ScriptResolverTest, TakesTheMostLiteralPattern) {
  put("node_modules/p/src/a/b.js");
  put("node_modules/p/special/b.js");
  package("node_modules/p", R"({"exports": {"./*": "./src/*.js", "./a/*": "./special/*.js", "./a/no": null,
    "./ends/*.js": "./src/*.js", "./twice/*": "./*/a/*.js"}})");
  put("node_modules/p/src/c.js");
  EXPECT_EQ(find("p/c"), "node_modules/p/src/c.js");
  EXPECT_EQ(find("p/a/b"), "node_modules/p/special/b.js");
  EXPECT_EQ(find("p/ends/c.js"), "node_modules/p/src/c.js");
  EXPECT_TRUE(contains(find("p/a/no"), "exports nothing"));
  EXPECT_TRUE(contains(find("p/a/../c"), "which is")) << find("p/a/../c");
}

TEST_F(ScriptResolverTest, KnowsTheFieldsOfOlderPackages) {
  for (const char* file : {"m.mjs", "c.js", "b.js", "lib/s.js", "lib/w.js"})
    put(std::string("node_modules/p/") + file);
  package("node_modules/p", R"({"main": "c", "module": "m.mjs"})");
  EXPECT_EQ(find("p"), "node_modules/p/m.mjs");
  EXPECT_EQ(find("p", kRequire), "node_modules/p/c.js");
  package("node_modules/p", R"({"main": "c", "browser": "b.js"})");
  EXPECT_EQ(find("p"), "node_modules/p/b.js");
  package("node_modules/p", R"({"main": "c", "browser": {"./c.js": "./b.js", "fs": false, "ws": "./lib/w.js",
    "./lib/s": "./lib/w.js"}})");
  EXPECT_EQ(find("p"), "node_modules/p/b.js");
  EXPECT_EQ(find("fs", kRequire, "node_modules/p/b.js"), "nothing");
  EXPECT_EQ(find("ws", kRequire, "node_modules/p/b.js"), "node_modules/p/lib/w.js");
  EXPECT_EQ(find("./lib/s", kRequire, "node_modules/p/b.js"), "node_modules/p/lib/w.js");
  EXPECT_TRUE(contains(find("fs"), "node:fs is not there"));
}

TEST_F(ScriptResolverTest, KnowsPrivateNamesAndTheNameOfItsOwnPackage) {
  put("node_modules/p/x.js");
  put("node_modules/q/index.js");
  package("node_modules/p", R"({"name": "p", "exports": {"./x": "./x.js"},
    "imports": {"#x": "./x.js", "#q": "q", "#on/*": {"node": "./no.js", "default": "./*.js"}, "#self": "#self"}})");
  const std::string from = "node_modules/p/lib/a.js";
  EXPECT_EQ(find("#x", kImport, from), "node_modules/p/x.js");
  EXPECT_EQ(find("#q", kImport, from), "node_modules/q/index.js");
  EXPECT_EQ(find("#on/x", kImport, from), "node_modules/p/x.js");
  EXPECT_TRUE(contains(find("#self", kImport, from), "has nothing by that name"));
  EXPECT_TRUE(contains(find("#none", kImport, from), "node_modules/p/package.json has nothing by that name"));
  EXPECT_TRUE(contains(find("#x"), "has no \"imports\""));
  EXPECT_EQ(find("p/x", kImport, from), "node_modules/p/x.js");
}

TEST_F(ScriptResolverTest, SeesPackagesWhereTheirLinksLead) {
  put("node_modules/.store/p@1/node_modules/p/index.js");
  put("node_modules/.store/p@1/node_modules/dependency/index.js");
  link("node_modules/p", ".store/p@1/node_modules/p");
  const std::string file = "node_modules/.store/p@1/node_modules/p/index.js";
  EXPECT_EQ(find("p"), file);
  EXPECT_EQ(find("dependency", kImport, file), "node_modules/.store/p@1/node_modules/dependency/index.js");
}

TEST_F(ScriptResolverTest, NeverLeavesTheProject) {
  fs::create_directories(folder_ / "outside/p");
  std::ofstream(folder_ / "outside/p/index.js") << "export default 1";
  link("node_modules/p", (folder_ / "outside/p").string());
  link("node_modules/q/index.js", "../../../outside/p/index.js");
  link("node_modules/cycle", "cycle");
  link("node_modules/around/node_modules", "..");
  link("x.js", (folder_ / "outside/p/index.js").string());
  package("node_modules/r", R"({"main": "../../../outside/p/index.js"})");
  fs::create_directories(folder_ / "node_modules/above");
  std::ofstream(folder_ / "node_modules/above/index.js") << "";
  for (const char* name : {"p", "q", "cycle", "above", "./x.js", "r", "around/../../x.js"})
    EXPECT_EQ(kind(name), ScriptKind::kMissing) << name;
}

TEST_F(ScriptResolverTest, TellsModulesFromOtherScripts) {
  put("m.js", "export default 1");
  put("plain.js", "globalThis.x = 1");
  put("c.js", "module.exports = 1");
  put("c.cjs");
  put("node_modules/p/m.js", "import './x'");
  put("node_modules/p/plain.js", "globalThis.x = 1");
  put("node_modules/t/plain.js", "globalThis.x = 1");
  put("node_modules/t/x.cjs");
  put("node_modules/t/d.json", "{}");
  package("node_modules/t", R"({"type": "module"})");
  EXPECT_EQ(kind("./m.js"), ScriptKind::kModule);
  EXPECT_EQ(kind("./plain.js"), ScriptKind::kModule);
  EXPECT_EQ(kind("./c.js"), ScriptKind::kCommonJs);
  EXPECT_EQ(kind("./c.cjs"), ScriptKind::kCommonJs);
  EXPECT_EQ(kind("p/m.js"), ScriptKind::kModule);
  EXPECT_EQ(kind("p/plain.js"), ScriptKind::kCommonJs);
  EXPECT_EQ(kind("t/plain.js"), ScriptKind::kModule);
  EXPECT_EQ(kind("t/x.cjs"), ScriptKind::kCommonJs);
  EXPECT_EQ(kind("t/d.json"), ScriptKind::kData);
}

TEST_F(ScriptResolverTest, NamesThePackageJsonThatItCannotUse) {
  put("node_modules/p/index.js");
  package("node_modules/p", std::string(50U << 20, ' '));
  EXPECT_TRUE(contains(find("p"), "node_modules/p/package.json cannot be read")) << find("p");
  package("node_modules/p", "{\"exports\": ");
  EXPECT_TRUE(contains(find("p"), "node_modules/p/package.json is no package's description")) << find("p");
  package("node_modules/p", "[]");
  EXPECT_TRUE(contains(find("p"), "is no package's description")) << find("p");
  std::string deep = "{\"exports\": ";
  for (int i = 0; i < 10'000; ++i) deep += "{\"default\": ";
  deep += "\"./index.js\"" + std::string(10'001, '}');
  package("node_modules/p", deep);
  EXPECT_TRUE(contains(find("p"), "is no package's description")) << find("p");
}

TEST_F(ScriptResolverTest, BoundsWhatAPatternStandsFor) {
  put("node_modules/p/index.js");
  package("node_modules/p", R"({"exports": {"./*": "./)" + std::string(900'000, '*') + "\"}}");
  EXPECT_TRUE(contains(find("p/" + std::string(900, 'a')), "exports nothing"));
}

TEST_F(ScriptResolverTest, FollowsAScriptToAllItsFiles) {
  put("a.js", "import 'p'; import './b.js'; import './missing.js'; import 'node:fs';");
  put("b.js", "import data from './d.json'; import './a.js';");
  put("d.json", "import './no.js'");
  put("no.js");
  put("node_modules/p/index.js", "module.exports = require('./c'); require('p')");
  put("node_modules/p/c.js", "exports.x = 1; exports.y = 2;");
  ScriptResolver resolver(root_);
  const ScriptFiles files = script_files(resolver, "a.js");
  EXPECT_EQ(files.files, (std::vector<std::string>{"a.js", "node_modules/p/index.js", "b.js",
                                                   "node_modules/p/c.js", "d.json"}));
  EXPECT_EQ(files.problem, "");
  using namespace std::string_literals;
  const std::string y = "\6\2\x17\0\0\0node_modules/p/index.js\1\0\0\0y\0\0\0\0"s;
  EXPECT_TRUE(contains(files.imports, y)) << "a module can import it by name";
}

TEST_F(ScriptResolverTest, RefusesAScriptOfTooManyFiles) {
  std::string script;
  for (int i = 0; i < 10'001; ++i) {
    const std::string name = "f" + std::to_string(i) + ".js";
    put(name);
    script += "import './" + name + "';";
  }
  put("a.js", script);
  ScriptResolver resolver(root_);
  EXPECT_TRUE(contains(script_files(resolver, "a.js").problem, "more than 10000 files"));
}

TEST_F(ScriptResolverTest, RefusesScriptsThatAreTooLarge) {
  put("a.js", "import './b.js'; import './c.js'; import './d.js';");
  for (const char* name : {"b.js", "c.js", "d.js"}) put(name, std::string(30U << 20, ' '));
  ScriptResolver resolver(root_);
  EXPECT_TRUE(contains(script_files(resolver, "a.js").problem, "larger than 67108864 bytes together"));
}

}  // namespace
}  // namespace wws::runtime
