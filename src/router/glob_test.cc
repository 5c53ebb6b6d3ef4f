#include "router/glob.h"

#include <gtest/gtest.h>

namespace wws::router {
namespace {

bool match(std::string_view glob, std::string_view path) {
  const auto parsed = Glob::parse(glob);
  EXPECT_TRUE(parsed) << glob;
  return parsed && parsed->matches(path);
}

TEST(Glob, StarStaysWithinOnePart) {
  EXPECT_TRUE(match("*.wasm", "a.wasm"));
  EXPECT_FALSE(match("*.wasm", "x/a.wasm"));
  EXPECT_TRUE(match("x/*.wasm", "x/a.wasm"));
  EXPECT_TRUE(match("a*b*c", "aXXbYYc"));
  EXPECT_FALSE(match("a*b*c", "aXXbYY"));
  EXPECT_TRUE(match("?.wasm", "a.wasm"));
  EXPECT_FALSE(match("?.wasm", "ab.wasm"));
}

TEST(Glob, TwoStarsCrossParts) {
  EXPECT_TRUE(match("**/a.wasm", "a.wasm"));
  EXPECT_TRUE(match("**/a.wasm", "x/y/a.wasm"));
  EXPECT_TRUE(match("x/**", "x/y/a.wasm"));
  EXPECT_TRUE(match("x/**/a.wasm", "x/a.wasm"));
  EXPECT_FALSE(match("x/**/a.wasm", "y/a.wasm"));
}

TEST(Glob, AFolderIsAllInIt) {
  EXPECT_TRUE(match("drafts", "drafts/x/a.wasm"));
  EXPECT_TRUE(match("drafts/", "drafts/a.wasm"));
  EXPECT_TRUE(match("**/drafts", "x/drafts/a.wasm"));
  EXPECT_FALSE(match("drafts", "drafts2/a.wasm"));
}

TEST(Glob, SetsAlternativesAndEscapes) {
  EXPECT_TRUE(match("[ab].wasm", "b.wasm"));
  EXPECT_FALSE(match("[!ab].wasm", "b.wasm"));
  EXPECT_TRUE(match("v[0-9].wasm", "v7.wasm"));
  EXPECT_TRUE(match("{a,b/{c,d}}.wasm", "b/d.wasm"));
  EXPECT_FALSE(match("{a,b/{c,d}}.wasm", "b/e.wasm"));
  EXPECT_TRUE(match("\\[id\\].wasm", "[id].wasm"));
  EXPECT_TRUE(match("[[]id].wasm", "[id].wasm"));
}

TEST(Glob, RefusesWhatIsNotAGlobAndSaysWhere) {
  for (const auto& [glob, place] : std::vector<std::pair<std::string, std::string>>{
           {"", "character 1"}, {"a[b", "character 2"}, {"{a,b", "character 1"}, {"ab\\", "character 3"}}) {
    const auto parsed = Glob::parse(glob);
    ASSERT_FALSE(parsed) << glob;
    EXPECT_EQ(parsed.error().code, ErrorCode::kBadUsage);
    EXPECT_NE(parsed.error().message.find(place), std::string::npos) << parsed.error().message;
  }
  EXPECT_FALSE(Glob::parse("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"));
}

}  // namespace
}  // namespace wws::router
