#include "http/url.h"

#include <gtest/gtest.h>

#include "http/characters.h"

namespace wws::http {
namespace {

using namespace std::string_view_literals;

TEST(SplitTarget, OriginForm) {
  const auto target = split_target("/a%20b/c?x=1?y");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/a%20b/c");
  EXPECT_EQ(target->query, "x=1?y");
  EXPECT_TRUE(target->has_query);
  EXPECT_FALSE(target->absolute);
  EXPECT_FALSE(split_target("/")->has_query);
  EXPECT_TRUE(split_target("/?")->has_query);
  EXPECT_EQ(split_target("//a//b")->path, "//a//b");
}

TEST(SplitTarget, AbsoluteForm) {
  const auto target = split_target("HTTP://example.org:80/a?b");
  ASSERT_TRUE(target);
  EXPECT_TRUE(target->absolute);
  EXPECT_EQ(target->authority, "example.org:80");
  EXPECT_EQ(target->path, "/a");
  EXPECT_EQ(target->query, "b");
  EXPECT_EQ(split_target("https://[::1]")->path, "/");
  EXPECT_EQ(split_target("http://t?q")->path, "/");
  EXPECT_EQ(split_target("http://t?q")->query, "q");
}

TEST(SplitTarget, RefusesOtherForms) {
  for (const auto text :
       {""sv, "*"sv, "echo"sv, "t:80"sv, "ftp://t/echo"sv, "http:/echo"sv, "http:///echo"sv, "http://:80/"sv,
        "http://u@t/echo"sv, "http://u:p@t/"sv, "http://t:99999/"sv, "http://t#f"sv, "file:///etc"sv}) {
    EXPECT_FALSE(split_target(text)) << text;
  }
}

TEST(SplitTarget, RefusesForbiddenBytes) {
  for (const auto text : {"/a#f"sv, "/a\xe9"sv, "/a\x01"sv, "/a\0"sv, "/a\x7f"sv, "/a b"sv, "/a?b#c"sv,
                          "/?a b"sv, "/?\x7f"sv, "/?\t"sv, "/?\xc3\xa9"sv, "http://t\\a"sv, "\\a"sv}) {
    EXPECT_FALSE(split_target(text)) << text;
  }
}

// Clients that leave these characters as they are got 400.
TEST(SplitTarget, AcceptsAllVisibleAscii) {
  for (char c = '!'; c <= '~'; ++c) {
    if (c == '#') continue;
    EXPECT_TRUE(split_target(std::string("/a") + c)) << c;
    EXPECT_TRUE(split_target(std::string("/?a") + c)) << c;
  }
}

TEST(EscapeAt, ReadsOneEscape) {
  EXPECT_EQ(escape_at("%41", 0), 'A');
  EXPECT_EQ(escape_at("a%2Fb", 1), '/');
  EXPECT_EQ(escape_at("%c3%A9", 3), 0xa9);
  EXPECT_EQ(escape_at("%00", 0), 0);
  EXPECT_EQ(escape_at("%ff", 0), 255);
}

TEST(EscapeAt, KnowsWhatIsNone) {
  for (const auto text : {""sv, "%"sv, "%4"sv, "%4g"sv, "%g4"sv, "%%41"sv, "% 1"sv, "%+1"sv, "a41"sv}) {
    EXPECT_EQ(escape_at(text, 0), -1) << text;
  }
  EXPECT_EQ(escape_at("%41", 3), -1);
  EXPECT_EQ(escape_at("%41", 99), -1);
  EXPECT_EQ(escape_at("%41"sv.substr(0, 2), 0), -1);
}

TEST(EscapeUri, EscapesWhatNoUriHolds) {
  const auto escaped = [](std::string_view text) {
    std::string out = "=";
    escape_uri(text, out);
    return out;
  };
  EXPECT_EQ(escaped("\"<>[\\]^`{|}"), "=%22%3C%3E%5B%5C%5D%5E%60%7B%7C%7D");
  EXPECT_EQ(escaped("az09-._~!$&'()*+,;=:@/?%41%zz"), "=az09-._~!$&'()*+,;=:@/?%41%zz");
}

TEST(Authority, HostsAndPorts) {
  for (const auto text :
       {""sv, "t"sv, "t:80"sv, "t:"sv, "t:65535"sv, "example.org"sv, "127.0.0.1:8080"sv, "[::1]"sv,
        "[::1]:8080"sv, "a_b-c.d~e"sv, "%C3%A9.example"sv, "[::ffff:1.2.3.4]"sv}) {
    EXPECT_TRUE(is_authority(text)) << text;
  }
}

TEST(Authority, RefusesAnythingElse) {
  for (const auto text : {"a b"sv,          "t/@u"sv, "u@t"sv,     "t:99999"sv,  "t:65536"sv,   "t:x"sv,
                          "t:8:8"sv,        "[::1"sv, "::1"sv,     "[::1]x"sv,   "[1.2.3.4]"sv, "[]"sv,
                          "[::1%25eth0]"sv, "t\0"sv,  "[::1\0]"sv, "t,u"sv,      "t?x"sv,       "t#x"sv,
                          "\\t"sv,          "t%2"sv,  "t%00"sv,    "\xc3\xa9"sv, "t:-1"sv,      "t;u"sv}) {
    EXPECT_FALSE(is_authority(text)) << text;
  }
}

TEST(EscapeSegment, EscapesWhatDoesNotStandInASegment) {
  EXPECT_EQ(escape_segment("a b/c?d%e#f"), "a%20b%2Fc%3Fd%25e%23f");
  EXPECT_EQ(escape_segment("é[1]"), "%C3%A9%5B1%5D");
  EXPECT_EQ(escape_segment("-._~!$&'()*+,;=:@"), "-._~!$&'()*+,;=:@");
}

TEST(NormalisePath, LeavesPlainPaths) {
  for (const auto* path :
       {"/", "/a", "/a/b.c", "/a.b/..c", "/.hidden", "/...", "/a%20b", "/%c3%a9", "/a%2Fb"}) {
    EXPECT_EQ(normalise_path(path), path);
  }
}

TEST(NormalisePath, MergesAndResolves) {
  EXPECT_EQ(normalise_path("//"), "/");
  EXPECT_EQ(normalise_path("/a/"), "/a");
  EXPECT_EQ(normalise_path("//a///b//"), "/a/b");
  EXPECT_EQ(normalise_path("/a/./b/."), "/a/b");
  EXPECT_EQ(normalise_path("/a/../b"), "/b");
  EXPECT_EQ(normalise_path("/a/b/.."), "/a");
  EXPECT_EQ(normalise_path("/a/.."), "/");
  EXPECT_EQ(normalise_path("/a/%2e%2E/b/%2e/c/.%2e"), "/b");
  EXPECT_EQ(normalise_path("/a//../b"), "/b");
}

TEST(NormalisePath, EscapesWhatNoUriHolds) {
  EXPECT_EQ(normalise_path("/{a}|<b>"), "/%7Ba%7D%7C%3Cb%3E");
  EXPECT_EQ(normalise_path("/a\\..\\b"), "/a%5C..%5Cb");  // a backslash separates nothing
  EXPECT_EQ(normalise_path("/a/..\\"), "/a/..%5C");
  EXPECT_EQ(normalise_path("/^/../[%5d"), "/%5B%5d");
}

TEST(NormalisePath, RefusesToClimbAboveTheRoot) {
  for (const auto* path : {"/..", "/../a", "/a/../..", "/%2e%2e/secret", "/a/%2e./../b", "/./.."}) {
    EXPECT_FALSE(normalise_path(path)) << path;
  }
}

TEST(NormalisePath, RefusesBadEscapes) {
  for (const auto* path :
       {"/%", "/%1", "/%zz", "/a%00b", "/%ff", "/%c0%af", "/%ed%a0%80", "/a\xff", "a", "", "/%/../a"}) {
    EXPECT_FALSE(normalise_path(path)) << path;
  }
}

TEST(PercentDecode, DecodesOnce) {
  EXPECT_EQ(percent_decode("a%20b+c"), "a b+c");
  EXPECT_EQ(percent_decode("%252e"), "%2e");
  EXPECT_EQ(percent_decode("%C3%a9"), "\xc3\xa9");
  EXPECT_EQ(percent_decode(""), "");
  for (const auto* text : {"%", "%4", "%g0", "%00", "%c3", "%c0%80"})
    EXPECT_FALSE(percent_decode(text)) << text;
}

}  // namespace
}  // namespace wws::http
