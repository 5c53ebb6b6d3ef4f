#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "scaffold/language.h"
#include "scaffold/new_project.h"
#include "scaffold/templates.h"
#include "scaffold/types.h"

namespace wws::scaffold {
namespace {

namespace fs = std::filesystem;

class ScaffoldTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "wws-scaffold-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void put_program(const std::string& name) const {
    std::ofstream(folder_ / name) << "#!/bin/sh\n";
    fs::permissions(folder_ / name, fs::perms::owner_all);
  }

  fs::path folder_;
};

TEST_F(ScaffoldTest, MakesAProjectInEveryLanguage) {
  for (const Language& language : languages()) {
    const std::string name = "hello-" + std::string(language.id);
    const auto files = make_project(folder_, name, language);
    ASSERT_TRUE(files) << files.error().message;
    EXPECT_FALSE(files->empty()) << language.id;
    EXPECT_TRUE(fs::exists(folder_ / name / with_name(language.worker, name))) << language.id;
    for (const std::string& file : *files) {
      EXPECT_EQ(read(folder_ / name / file).find("@NAME@"), std::string::npos) << file;
      EXPECT_GT(fs::file_size(folder_ / name / file), 0U) << file;
    }
    // What the key-value store keeps is no source.
    EXPECT_NE(read(folder_ / name / ".gitignore").find("\n.wws/\n"), std::string::npos) << language.id;
  }
}

TEST_F(ScaffoldTest, FilesAreThoseOfTheKits) {
  const fs::path kits = fs::path(WWS_SOURCE_DIR) / "kits";
  std::size_t same = 0;
  for (const TemplateFile& file : template_files()) {
    if (file.name == "wws.h" && file.language == "c") {
      EXPECT_EQ(file.content, read(kits / "c/wws.h"));
      ++same;
    }
  }
  EXPECT_EQ(same, 1U);
}

TEST_F(ScaffoldTest, WritesAPackageFileIfAsked) {
  const Language& js = *find_language("js");
  ASSERT_TRUE(make_project(folder_, "Plain", js));
  EXPECT_FALSE(fs::exists(folder_ / "Plain/package.json"));
  EXPECT_TRUE(fs::exists(folder_ / "Plain/wws.d.ts"));
  ASSERT_TRUE(make_project(folder_, "Packed", js, PackageFile::kWritten));
  EXPECT_NE(read(folder_ / "Packed/package.json").find("\"name\": \"packed\""), std::string::npos);
}

TEST(Types, SayWhatEachWorkerIsGiven) {
  const std::vector<TypedWorker> workers = {{"a/[id].js", {"id"}, {"GREETING", "odd-name"}, true, {"CARTS"}},
                                            {"we\"ird.js", {}, {"GREETING"}, false, {}}};
  const std::string text = types_of(workers);
  EXPECT_NE(text.find("  \"a/[id].js\": { params: { readonly id: string; }; env: { readonly CARTS: "
                      "KVNamespace; readonly GREETING: "
                      "string; readonly KV: "
                      "KVNamespace; readonly \"odd-name\": string; } };\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("  \"we\\\"ird.js\": { params: {}; env: { readonly GREETING: string; } };\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("interface Env {\n  readonly CARTS?: KVNamespace;\n  readonly GREETING: string;\n  "
                      "readonly KV?: KVNamespace;\n"
                      "  readonly \"odd-name\"?: string;\n}\n"),
            std::string::npos)
      << text;
}

TEST_F(ScaffoldTest, ReplacesNothingThatIsThere) {
  fs::create_directory(folder_ / "here");
  const auto files = make_project(folder_, "here", languages().front());
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().code, ErrorCode::kBadUsage);
  EXPECT_TRUE(fs::is_empty(folder_ / "here"));
  fs::create_symlink("nowhere", folder_ / "link");
  EXPECT_FALSE(make_project(folder_, "link", languages().front()));
}

TEST_F(ScaffoldTest, TakesNamesThatEveryLanguageTakes) {
  for (const char* good : {"a", "Hello", "my-worker-2", "my_site"}) EXPECT_TRUE(check_name(good)) << good;
  for (const char* bad : {"", "2a", "-a", "a b", "../a", "a/b", "a.b", "é", "_a",
                          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
    const auto checked = check_name(bad);
    ASSERT_FALSE(checked) << bad;
    EXPECT_EQ(checked.error().code, ErrorCode::kBadUsage);
  }
}

/// The fault: `--lang C`, `c++`, `golang` and `rs` were "no kit", though it is clear which is meant.
TEST_F(ScaffoldTest, KnowsLanguagesByTheirOtherNames) {
  for (const auto& [name, id] : {std::pair{"C", "c"},
                                 {"c++", "cpp"},
                                 {"C++", "cpp"},
                                 {"cxx", "cpp"},
                                 {"golang", "go"},
                                 {"JavaScript", "js"},
                                 {"TypeScript", "ts"},
                                 {"Go", "go"},
                                 {"rs", "rust"},
                                 {"Rust", "rust"},
                                 {"ZIG", "zig"}}) {
    const Language* language = find_language(name);
    ASSERT_NE(language, nullptr) << name;
    EXPECT_EQ(language->id, id);
  }
  for (const char* name : {"", "c+", "j", "r"}) EXPECT_EQ(find_language(name), nullptr) << name;
}

TEST_F(ScaffoldTest, SaysWhichToolchainIsMissing) {
  EXPECT_EQ(find_language("cobol"), nullptr);
  for (const Language& language : languages()) {
    if (is_script(language)) continue;
    const auto missing = missing_toolchain(language, folder_.string());
    ASSERT_TRUE(missing) << language.id;
    EXPECT_EQ(missing->find('\n'), std::string::npos);
  }
  const Language& c = *find_language("c");
  EXPECT_EQ(build_command(c, folder_.string()), c.build);
  put_program("python-zig");
  EXPECT_FALSE(missing_toolchain(c, folder_.string()));
  EXPECT_TRUE(build_command(c, folder_.string()).starts_with("python-zig cc --target="));
  put_program("zig");
  EXPECT_EQ(build_command(c, folder_.string()), c.build);
  put_program("go");
  const std::string path = "/nowhere:" + folder_.string();
  EXPECT_FALSE(missing_toolchain(*find_language("c"), path));
  EXPECT_FALSE(missing_toolchain(*find_language("go"), path));
  put_program("cargo");
  EXPECT_NE(missing_toolchain(*find_language("rust"), path)->find("rustup target add"), std::string::npos);
}

}  // namespace
}  // namespace wws::scaffold
