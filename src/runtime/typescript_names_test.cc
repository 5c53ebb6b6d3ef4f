#include "runtime/typescript_names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace wws::runtime {
namespace {

using Names = std::vector<std::string>;

TEST(TypeScriptNames, OfJavaScriptAreWhatItIsMadeOf) {
  const Names js = typescript_names("a.js");
  EXPECT_EQ(Names(js.begin(), js.begin() + 2), Names({"a.ts", "a.tsx"}));
  EXPECT_EQ(typescript_names("a.mjs").front(), "a.mts");
  EXPECT_EQ(typescript_names("a.jsx").front(), "a.tsx");
}

TEST(TypeScriptNames, MayGoWithoutTheirEnding) {
  const Names names = typescript_names("a");
  EXPECT_EQ(names.front(), "a.ts");
  for (const char* name : {"a.tsx", "a.js", "a.json", "a/index.ts", "a/index.tsx"})
    EXPECT_NE(std::ranges::find(names, name), names.end()) << name;
  EXPECT_EQ(typescript_names("a.config").front(), "a.config.ts");
}

TEST(TypeScriptNames, OfFoldersAreTheirIndex) {
  EXPECT_EQ(typescript_names("").front(), "index.ts");
  EXPECT_EQ(typescript_names("a/").front(), "a/index.ts");
}

TEST(TypeScriptNames, OfJsxStandInComments) {
  EXPECT_EQ(jsx_sources("/** @jsxImportSource preact */ a; // @jsxImportSource\t./b\n"),
            Names({"preact", "./b"}));
  EXPECT_EQ(jsx_sources("/*@jsxImportSource hono/jsx*/"), Names({"hono/jsx"}));
  EXPECT_EQ(jsx_sources("/** @jsxImportSource"), Names());
  EXPECT_EQ(jsx_sources("@jsx h"), Names());
}

TEST(TypeScriptNames, OfSettingsAreFound) {
  const auto config = read_typescript_config(
      R"({ // c
        "extends" : "./base", "compilerOptions": { "jsxImportSource":"preact", /* "jsxImportSource": "other" */ } })");
  EXPECT_EQ(config.extends, Names({"./base"}));
  EXPECT_EQ(config.jsx_sources, Names({"preact", "other"}));
  EXPECT_EQ(read_typescript_config(R"({"extends": ["./a", "b" , "../c.json"]})").extends,
            Names({"./a", "b", "../c.json"}));
  for (const char* broken :
       {"", "\"extends\"", "\"extends\":", "\"extends\": [", "\"extends\": [\"a", "\"extends\": 1"})
    EXPECT_EQ(read_typescript_config(broken).extends, Names()) << broken;
}

TEST(TypeScriptNames, OfSettingsHavePlaces) {
  const auto config = read_typescript_config(
      R"({ "compilerOptions": { "baseUrl": "./src", // where they are
        "paths": { /* ours */ "@/*": ["./*", "../lib/*",], "exact" : ["./x.ts"], // "no": ["./no"],
          "wrong": "text" } } })");
  EXPECT_EQ(config.base_url, "./src");
  ASSERT_TRUE(config.paths);
  EXPECT_EQ(*config.paths, (std::vector<MappedName>{{"@/*", {"./*", "../lib/*"}}, {"exact", {"./x.ts"}}}));
  EXPECT_FALSE(read_typescript_config("{}").paths);
  EXPECT_TRUE(read_typescript_config(R"({"paths": {}})").paths->empty());
  for (const char* broken :
       {"\"paths\": {\"a\": [", "\"paths\": {\"a\"", "\"paths\": {\"a\": [\"b", "/* \"paths\": {"})
    EXPECT_LE(read_typescript_config(broken).paths.value_or(std::vector<MappedName>()).size(), 1U) << broken;
}

TEST(TypeScriptNames, AreFoundByTheMostSpecificPattern) {
  const std::vector<MappedName> paths = {
      {"*", {"all/*"}},      {"@/*", {"src/*"}}, {"@/lib/*", {"lib/*", "other/*.gen"}},
      {"@/lib/x", {"x.ts"}}, {"a*z", {"m-*"}},   {"**", {"no"}}};
  EXPECT_EQ(mapped_places(paths, "@/a/b"), Names({"src/a/b"}));
  EXPECT_EQ(mapped_places(paths, "@/lib/c"), Names({"lib/c", "other/c.gen"}));
  EXPECT_EQ(mapped_places(paths, "@/lib/x"), Names({"x.ts"}));
  EXPECT_EQ(mapped_places(paths, "abcz"), Names({"m-bc"}));
  EXPECT_EQ(mapped_places(paths, "az"), Names({"m-"}));
  EXPECT_EQ(mapped_places(paths, "a"), Names({"all/a"}));
  EXPECT_EQ(mapped_places({{"@/*", {"src/*"}}}, "zod"), Names());
}

}  // namespace
}  // namespace wws::runtime
