#include "router/glob.h"

#include <gtest/gtest.h>

namespace wws::router {
namespace {

bool match(std::string_view glob, std::string_view path) {
  const auto parsed = Glob::parse(glob);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed && parsed->matches(path);
}

TEST(Glob, StarStaysWithinOnePart) {
  for (const std::string star : {"*", "$"}) {
    EXPECT_TRUE(match(star + ".wasm", "a.wasm"));
    EXPECT_TRUE(match(star + ".wasm", ".wasm"));
    EXPECT_FALSE(match(star + ".wasm", "x/a.wasm"));
    EXPECT_TRUE(match("x/" + star + ".wasm", "x/a.wasm"));
    EXPECT_TRUE(match("a" + star + "b" + star + "c", "aXXbYYc"));
    EXPECT_FALSE(match("a" + star + "b" + star + "c", "aXXbYY"));
  }
  EXPECT_TRUE(match("?.wasm", "a.wasm"));
  EXPECT_TRUE(match("?.wasm", "é.wasm"));  // one character, two bytes
  EXPECT_FALSE(match("?.wasm", "ab.wasm"));
  EXPECT_FALSE(match("a?b", "a/b"));
}

TEST(Glob, TwoStarsCrossParts) {
  EXPECT_TRUE(match("**/a.wasm", "a.wasm"));
  EXPECT_TRUE(match("**/a.wasm", "x/y/a.wasm"));
  EXPECT_FALSE(match("**/a.wasm", "xa.wasm"));
  EXPECT_TRUE(match("x/**", "x/y/a.wasm"));
  EXPECT_TRUE(match("x/**", "x"));
  EXPECT_FALSE(match("x/**", "xy/a.wasm"));
  EXPECT_TRUE(match("x/**/a.wasm", "x/a.wasm"));
  EXPECT_TRUE(match("x/**/a.wasm", "x/y/z/a.wasm"));
  EXPECT_FALSE(match("x/**/a.wasm", "y/a.wasm"));
  EXPECT_FALSE(match("x/**/a.wasm", "x/ya.wasm"));
  EXPECT_TRUE(match("**", "x/y"));
  EXPECT_TRUE(match("{x/**,**/b}", "y/b"));
  EXPECT_TRUE(match("{x/**,**/b}", "x/y"));
}

// A glob that matched a folder left out all in it; the original's do not.
TEST(Glob, AFolderIsNotWhatIsInIt) {
  EXPECT_TRUE(match("drafts", "drafts"));
  EXPECT_FALSE(match("drafts", "drafts/x/a.wasm"));
  EXPECT_FALSE(match("b/*", "b/c/d.wasm"));
  EXPECT_TRUE(match("b/**", "b/c/d.wasm"));
  EXPECT_TRUE(Glob::parse("b/**")->covers_below("b/c"));
  EXPECT_TRUE(Glob::parse("**")->covers_below("b"));
  EXPECT_FALSE(Glob::parse("b/*")->covers_below("b/c"));
  EXPECT_FALSE(Glob::parse("b/**")->covers_below("c"));
}

TEST(Glob, SetsAlternativesAndEscapes) {
  EXPECT_TRUE(match("[ab].wasm", "b.wasm"));
  EXPECT_FALSE(match("[!ab].wasm", "b.wasm"));
  EXPECT_TRUE(match("[^a]", "^"));  // as in the original: no negation
  EXPECT_FALSE(match("a[!b]c", "a/c"));
  EXPECT_TRUE(match("v[0-9].wasm", "v7.wasm"));
  EXPECT_TRUE(match("[à-ü]", "é"));
  EXPECT_TRUE(match("[a-]", "-"));
  EXPECT_TRUE(match("[*]", "*"));
  EXPECT_TRUE(match("[\\]]", "]"));
  EXPECT_TRUE(match("{a,b/{c,d}}.wasm", "b/d.wasm"));
  EXPECT_TRUE(match("{a,b/{c,d}}.wasm", "a.wasm"));
  EXPECT_TRUE(match("{a,}b", "b"));
  EXPECT_FALSE(match("{a,b/{c,d}}.wasm", "b/e.wasm"));
  EXPECT_TRUE(match("\\[id\\].wasm", "[id].wasm"));
  EXPECT_TRUE(match("[[]id\\].wasm", "[id].wasm"));
  EXPECT_TRUE(match("a\\$\\<b\\>\\(\\)\\,\\:", "a$<b>(),:"));
}

// They were taken literally.
TEST(Glob, Repetitions) {
  EXPECT_FALSE(match("<a:1,2>", ""));
  EXPECT_TRUE(match("<a:1,2>", "aa"));
  EXPECT_FALSE(match("<a:1,2>", "aaa"));
  EXPECT_TRUE(match("<[0-9]:4>-x", "2024-x"));
  EXPECT_FALSE(match("<[0-9]:4>-x", "204-x"));
  EXPECT_TRUE(match("<a*/:0,2>b", "b"));
  EXPECT_TRUE(match("<a*/:0,2>b", "ax/ay/b"));
  EXPECT_FALSE(match("<a*/:0,2>b", "ax/ay/az/b"));
  EXPECT_TRUE(match("<ab>c", "ababc"));
  EXPECT_TRUE(match("<ab>c", "c"));
  EXPECT_TRUE(match("<a:2,>", "aaaa"));
  EXPECT_FALSE(match("<a:2,>", "a"));
  EXPECT_TRUE(match("<{a,b}:2>", "ab"));
  EXPECT_TRUE(match("<*>x", "aax"));  // what may be empty, any number of times
}

TEST(Glob, EitherCase) {
  EXPECT_TRUE(match("(?i)readme.[a-z]d", "README.MD"));
  EXPECT_TRUE(match("a(?i)b(?-i)c", "aBc"));
  EXPECT_FALSE(match("a(?i)b(?-i)c", "aBC"));
  EXPECT_FALSE(match("a(?i)b", "AB"));
  EXPECT_TRUE(match("(?i)**/b", "a/B"));
}

TEST(Glob, RefusesWhatIsNotAGlobAndSaysWhere) {
  for (const auto& [glob, place] :
       std::vector<std::pair<std::string, std::string>>{{"a[b", "character 2"},
                                                        {"a[]", "character 2"},
                                                        {"[z-a]", "character 1"},
                                                        {"{a,b", "character 1"},
                                                        {"a}", "character 2"},
                                                        {"a,b", "character 2"},
                                                        {"a:b", "character 2"},
                                                        {"<a", "character 1"},
                                                        {"<a:x>", "character 1"},
                                                        {"<a:2,1>", "character 1"},
                                                        {"<a:0>", "character 1"},
                                                        {"<:1>", "character 1"},
                                                        {"<a:99999>", "character"},
                                                        {"a>", "character 2"},
                                                        {"(?x)a", "character 1"},
                                                        {"a(b)", "character 2"},
                                                        {"(?i)é", "character 5"},
                                                        {"]", "character 1"},
                                                        {"a//b", "character 3"},
                                                        {"a**", "character 2"},
                                                        {"**b", "character 1"},
                                                        {"***", "character"},
                                                        {"a/**b", "character 2"},
                                                        {"**/**", "character 4"},
                                                        {"a\\/b", "character 3"},
                                                        {"\xff", "character 1"},
                                                        {"ab\\", "character 3"},
                                                        {"<<<<a:99>:99>:99>:99>", "too large"},
                                                        {"{{{{{{{{{{a}}}}}}}}}}", "too deep"}}) {
    const auto parsed = Glob::parse(glob);
    ASSERT_FALSE(parsed) << glob;
    EXPECT_EQ(parsed.error().code, ErrorCode::kBadUsage);
    EXPECT_NE(parsed.error().message.find(place), std::string::npos) << parsed.error().message;
  }
}

// Globs that make a matcher with back-tracking try for ever.
TEST(Glob, AnyGlobIsMatchedInTime) {
  const std::string text(200, 'a');
  EXPECT_FALSE(match("<<a>>b", text));
  EXPECT_FALSE(match("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
}

}  // namespace
}  // namespace wws::router
