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

}  // namespace
}  // namespace wws::runtime
