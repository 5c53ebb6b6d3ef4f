#include "router/route_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "router/prefix.h"
#include "router/words.h"

namespace wws::router {
namespace {

RouteTable table(const std::vector<std::string>& files, std::string_view prefix = "") {
  std::vector<Route> routes;
  for (const std::string& file : files) routes.push_back(make_route(file + ".wasm", prefix));
  config::Diagnostics diagnostics;
  return RouteTable::build(std::move(routes), diagnostics);
}

/// "file name=value name=value", or "none".
std::string match(const RouteTable& routes, std::string_view path) {
  const auto found = routes.match(path);
  if (!found) return "none";
  std::string text = routes.routes()[found->route].file;
  text.resize(text.size() - 5);
  for (const auto& [name, value] : found->parameters) text.append(" ").append(name).append("=").append(value);
  return text;
}

TEST(RouteTable, AnswersTheTableOfTheOriginal) {
  const auto routes =
      table({"[id]", "[id]/fixed", "[id]/sub", "fixed", "sub/[id]", "sub/[...all]", "sub/sub/[...all]"});
  EXPECT_EQ(match(routes, "/any"), "[id] id=any");
  EXPECT_EQ(match(routes, "/fixed"), "fixed");
  EXPECT_EQ(match(routes, "/any/fixed"), "[id]/fixed id=any");
  EXPECT_EQ(match(routes, "/any/sub"), "[id]/sub id=any");
  EXPECT_EQ(match(routes, "/sub/any"), "sub/[id] id=any");
  EXPECT_EQ(match(routes, "/sub/any/catch/all/routes"), "sub/[...all] all=any/catch/all/routes");
  EXPECT_EQ(match(routes, "/sub/sub/any/catch/all/routes"), "sub/sub/[...all] all=any/catch/all/routes");
  EXPECT_EQ(match(routes, "/donot/exist"), "none");
}

TEST(RouteTable, DropsIndexEverywhereAndHasNoAliasForIt) {
  const auto routes = table({"index", "api/index", "examples/index/index", "[id]/index"});
  EXPECT_EQ(match(routes, "/"), "index");
  EXPECT_EQ(match(routes, "/api"), "api/index");
  EXPECT_EQ(match(routes, "/examples"), "examples/index/index");
  EXPECT_EQ(match(routes, "/x"), "[id]/index id=x");
  EXPECT_EQ(match(routes, "/index"), "[id]/index id=index");
  EXPECT_EQ(match(routes, "/api/index"), "none");
}

TEST(RouteTable, DecodesEachSegmentOnce) {
  const auto routes = table({"sp ace", "é", "100%", "a.b", "api", "x/[id]", "plus+"});
  EXPECT_EQ(match(routes, "/sp%20ace"), "sp ace");
  EXPECT_EQ(match(routes, "/%C3%A9"), "é");
  EXPECT_EQ(match(routes, "/100%25"), "100%");
  EXPECT_EQ(match(routes, "/a.b"), "a.b");
  EXPECT_EQ(match(routes, "/%61pi"), "api");
  EXPECT_EQ(match(routes, "/API"), "none");
  EXPECT_EQ(match(routes, "/plus+"), "plus+");
  EXPECT_EQ(match(routes, "/x/a%2Fb"), "x/[id] id=a/b");
  EXPECT_EQ(match(routes, "/x%2Fa"), "none");
  EXPECT_EQ(match(routes, "/x/%2525"), "x/[id] id=%25");
}

TEST(RouteTable, TailsNeedASegmentButInTheRoot) {
  const auto routes = table({"[...app]", "x/[...all]", "[x]/[...y]/z"});
  EXPECT_EQ(match(routes, "/"), "[...app] app=");
  EXPECT_EQ(match(routes, "/a/b"), "[...app] app=a/b");
  EXPECT_EQ(match(routes, "/x"), "[...app] app=x");
  EXPECT_EQ(match(routes, "/x/a%2Fb/c"), "x/[...all] all=a/b/c");
  EXPECT_EQ(match(routes, "/a/b/c/z"), "[x]/[...y]/z x=a y=b/c");
  EXPECT_EQ(match(table({"x/[...all]"}), "/x"), "none");
}

TEST(RouteTable, TakesTextAroundParameters) {
  const auto routes = table({"user-[id]", "[a]-[b]", "[name].txt", "[x]", "[a][b]/two", "[not a word]"});
  EXPECT_EQ(match(routes, "/user-7"), "user-[id] id=7");
  EXPECT_EQ(match(routes, "/1-2"), "[a]-[b] a=1 b=2");
  EXPECT_EQ(match(routes, "/1-2-3"), "[a]-[b] a=1 b=2-3");
  EXPECT_EQ(match(routes, "/notes.txt"), "[name].txt name=notes");
  EXPECT_EQ(match(routes, "/.txt"), "[x] x=.txt");
  EXPECT_EQ(match(routes, "/xyz/two"), "[a][b]/two a=x b=yz");
  EXPECT_EQ(match(routes, "/%5Bnot%20a%20word%5D"), "[not a word]");
}

TEST(RouteTable, PrefersStaticThenDynamicThenTail) {
  const auto routes = table({"a/[...t]", "a/[x]", "a/b", "[p]/b", "[p]/[q]"});
  EXPECT_EQ(match(routes, "/a/b"), "a/b");
  EXPECT_EQ(match(routes, "/a/c"), "a/[x] x=c");
  EXPECT_EQ(match(routes, "/z/b"), "[p]/b p=z");
  EXPECT_EQ(match(routes, "/z/c"), "[p]/[q] p=z q=c");
  EXPECT_EQ(match(routes, "/a/b/c"), "a/[...t] t=b/c");
}

TEST(RouteTable, PutsAPrefixInFrontOfAll) {
  const auto routes = table({"index", "api", "[id]", "t/[...all]"}, "/app");
  EXPECT_EQ(match(routes, "/app"), "index");
  EXPECT_EQ(match(routes, "/app/api"), "api");
  EXPECT_EQ(match(routes, "/app/7"), "[id] id=7");
  EXPECT_EQ(match(routes, "/api"), "none");
  EXPECT_EQ(routes.routes().front().pattern, "/app");
  EXPECT_EQ(match(table({"[...all]"}, "/app"), "/app"), "[...all] all=");
}

TEST(RouteTable, ReportsTwoFilesForOnePatternAndTakesTheFirst) {
  config::Diagnostics diagnostics;
  const auto routes = RouteTable::build({make_route("api/index.wasm", ""), make_route("api.wasm", ""),
                                         make_route("[b].wasm", ""), make_route("[a].wasm", "")},
                                        diagnostics);
  ASSERT_EQ(diagnostics.list().size(), 2U);
  EXPECT_EQ(
      config::to_string(diagnostics.list()[0]),
      "[b].wasm: warning: answers the same paths as [a].wasm, which wins; rename or remove one of them");
  EXPECT_EQ(match(routes, "/api"), "api");
  EXPECT_EQ(match(routes, "/x"), "[a] a=x");
  EXPECT_FALSE(diagnostics.has_errors());
}

TEST(RouteTable, AnEmptyTableMatchesNothing) {
  EXPECT_EQ(match(RouteTable(), "/"), "none");
  EXPECT_EQ(match(table({}), "/"), "none");
}

TEST(RouteTable, MatchesAmongTenThousandRoutes) {
  std::vector<std::string> files;
  for (int i = 0; i < 2500; ++i) {
    const std::string n = std::to_string(i);
    files.insert(files.end(), {"s" + n, "d" + n + "/[id]", "[id]/e" + n, "t" + n + "/[...rest]"});
  }
  const auto routes = table(files);
  ASSERT_EQ(routes.routes().size(), 10'000U);
  for (int i = 0; i < 2500; ++i) {
    const std::string n = std::to_string(i);
    ASSERT_EQ(match(routes, "/s" + n), "s" + n);
    ASSERT_EQ(match(routes, "/d" + n + "/7"), "d" + n + "/[id] id=7");
    ASSERT_EQ(match(routes, "/7/e" + n), "[id]/e" + n + " id=7");
    ASSERT_EQ(match(routes, "/t" + n + "/a/b"), "t" + n + "/[...rest] rest=a/b");
  }
}

// Escapes in a prefix were taken for text, and a prefix with a space could not be asked for.
TEST(Prefix, IsNormalised) {
  for (const auto& [written, normal] :
       std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                        {"/", ""},
                                                        {"app", "/app"},
                                                        {"/app/", "/app"},
                                                        {"\\a\\b", "/a/b"},
                                                        {"//a//b//", "/a/b"},
                                                        {"a b", "/a%20b"},
                                                        {"/a%20b", "/a%20b"},
                                                        {"%61pp", "/app"},
                                                        {"é", "/%C3%A9"},
                                                        {"%c3%a9", "/%C3%A9"},
                                                        {"100%25", "/100%25"},
                                                        {"what?#", "/what%3F%23"},
                                                        {"/a/../b/./c", "/b/c"},
                                                        {"..hidden", "/..hidden"},
                                                        {"a/%2e%2e", ""}}) {
    EXPECT_EQ(normalise_prefix(written), normal) << written;
  }
  for (const char* written :
       {"..", "/a/../..", "100%", "%zz", "%00", "a%2Fb", "a%5Cb", "%ff", "\xff", "a\nb"}) {
    const auto refused = normalise_prefix(written);
    ASSERT_FALSE(refused) << written;
    EXPECT_EQ(refused.error().code, ErrorCode::kBadUsage);
  }
}

TEST(Prefix, IsFoundInAnySpelling) {
  EXPECT_EQ(below_prefix("/a", ""), "/a");
  EXPECT_EQ(below_prefix("/", ""), "/");
  EXPECT_EQ(below_prefix("/app", "/app"), "/");
  EXPECT_EQ(below_prefix("/app/x", "/app"), "/x");
  EXPECT_EQ(below_prefix("/%61pp/x/y", "/app"), "/x/y");
  EXPECT_EQ(below_prefix("/a%20b/%63", "/a%20b/c"), "/");
  EXPECT_EQ(below_prefix("/%c3%a9/x", "/%C3%A9"), "/x");
  for (const char* path : {"/", "/appx", "/ap", "/%61p", "/x/app"})
    EXPECT_FALSE(below_prefix(path, "/app")) << path;
  EXPECT_FALSE(below_prefix("/a", "/a/b"));
}

TEST(Prefix, RoutesLieBelowIt) {
  const Route route = make_route("x y/[id].wasm", "/a%20b");
  EXPECT_EQ(route.pattern, "/a b/x y/[id]");
  EXPECT_EQ(url_of(route), "/a%20b/x%20y/[id]");
  EXPECT_EQ(url_of(make_route("index.wasm", "")), "/");
  EXPECT_EQ(url_of(make_route("a-[x]é/[...rest].wasm", "")), "/a-[x]%C3%A9/[...rest]");
  config::Diagnostics diagnostics;
  const auto table = RouteTable::build({make_route("x.wasm", "/a%20b")}, diagnostics);
  EXPECT_TRUE(table.match("/a%20b/x"));
  EXPECT_TRUE(table.match("/%61%20b/x"));
  EXPECT_FALSE(table.match("/a%2520b/x"));
}

// Names of parameters in other scripts were literal text.
TEST(Words, AreOfAnyScript) {
  for (const char* word : {"a", "_", "a1", "número", "名", "ñ", "नाम", "e\xcc\x81", "١", "Ⓐ"})
    EXPECT_TRUE(is_word(word)) << word;
  for (const char* text : {"", "a-b", "a b", "a.b", "¿", "→", "\xff", "名 "})
    EXPECT_FALSE(is_word(text)) << text;
  EXPECT_EQ(parse_segment("[número]").parameters, std::vector<std::string>{"número"});
  EXPECT_EQ(parse_segment("[...名]").kind, Segment::Kind::kTail);
}

}  // namespace
}  // namespace wws::router
