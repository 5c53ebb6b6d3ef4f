#include "runtime/translated_files.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/user_files.h"

namespace wws::runtime {
namespace {

using namespace std::literals;

using Files = std::vector<std::pair<std::string, std::string>>;

std::string list_of(const Files& files) {
  std::string list;
  for (const auto& [name, content] : files) append_user_file(list, {name, content});
  return list;
}

Files files_of(std::string_view list) {
  Files files;
  const auto read = read_user_files(list);
  EXPECT_TRUE(read) << read.error().message;
  for (const UserFile& file : read.value_or(std::vector<UserFile>()))
    files.emplace_back(file.name, file.content);
  return files;
}

Files translated(const Files& files) {
  const auto list = translate_files(list_of(files));
  return list ? files_of(*list) : Files{{"error", list.error().message}};
}

TEST(UserFiles, AreReadAsTheyWereWritten) {
  const Files files = {{"", "a.js"}, {"a.js", std::string("\0\xff", 2)}, {"empty", ""}};
  EXPECT_EQ(files_of(list_of(files)), files);
  EXPECT_EQ(files_of(""), Files());
}

TEST(UserFiles, AreRefusedWhereTheyAreCutOff) {
  const std::string list = list_of({{"name", "content"}});
  for (std::size_t length = 1; length < list.size(); ++length)
    EXPECT_FALSE(read_user_files(std::string_view(list).substr(0, length))) << length;
  EXPECT_FALSE(read_user_files("\xff\xff\xff\xff\xff\xff\xff\xff"sv));
}

TEST(TranslatedFiles, LeaveJavaScriptAlone) {
  const Files files = {{"", "a.js"}, {"a.js", "const a: = 1"}, {"b.d.ts", "declare const b"}};
  EXPECT_EQ(translated(files), files);
}

TEST(TranslatedFiles, HaveJavaScriptAndWhereItComesFrom) {
  const Files files = translated({{"", "a.ts"}, {"a.ts", "export const a: number = 1;"}, {"b.json", "{}"}});
  ASSERT_EQ(files.size(), 4U);
  EXPECT_EQ(files[0].second, "a.ts");
  EXPECT_EQ(files[1], std::pair("a.ts"s, "export const a = 1;\n"s));
  EXPECT_EQ(files[2].first, "a.ts\0"sv);
  EXPECT_EQ(files[2].second.size() % 16, 0U);
  EXPECT_EQ(files[2].second.substr(0, 16), "\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0"sv);
  EXPECT_EQ(files[3].first, "b.json");
}

TEST(TranslatedFiles, HaveTheSettingsOfTheNearestFolder) {
  const Files files = translated({{"a.tsx", "export const a = <b/>;"},
                                  {"c/d/a.tsx", "export const a = <b/>;"},
                                  {"c/tsconfig.json", R"({"compilerOptions": {"jsxImportSource": "near"}})"},
                                  {"tsconfig.json", R"({"compilerOptions": {"jsxImportSource": "far"}})"}});
  ASSERT_EQ(files.size(), 6U);
  EXPECT_TRUE(files[0].second.contains("far/jsx-runtime")) << files[0].second;
  EXPECT_TRUE(files[2].second.contains("near/jsx-runtime")) << files[2].second;
}

TEST(TranslatedFiles, TellAllThatIsWrongAndSettingsOnce) {
  const Files files = translated(
      {{"a.ts", "let a: = 1;"}, {"b/a.ts", "let a;"}, {"b/b.ts", "let a;"}, {"b/tsconfig.json", "[]"}});
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].second,
            "SyntaxError: Unexpected token `=` at a.ts:1:8; SyntaxError: it is no JSON object at "
            "b/tsconfig.json:1:1");
}

TEST(TranslatedFiles, FindSettingsInTheirFolderAndAbove) {
  EXPECT_EQ(config_of("a/b/c.ts", [](const std::string& path) { return path == "a/tsconfig.json"; }),
            "a/tsconfig.json");
  EXPECT_EQ(config_of("c.ts", [](const std::string& path) { return path == "tsconfig.json"; }),
            "tsconfig.json");
  EXPECT_EQ(config_of("a/c.ts", [](const std::string&) { return false; }), "");
}

}  // namespace
}  // namespace wws::runtime
