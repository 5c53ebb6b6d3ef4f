#include "server/live.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "server/dispatcher.h"
#include "server/event_streams.h"

namespace wws::server {
namespace {

namespace fs = std::filesystem;

const Live kLive{7, 3, "/nowhere", {}};

http::Response page(std::string type = "text/html", std::string body = "<p>x") {
  http::Response response;
  response.fields = {{"content-type", std::move(type)}, {"etag", "\"1\""}, {"last-modified", "x"}};
  response.body = std::move(body);
  return response;
}

std::string body_with_script(http::Response response) {
  add_script(response, kLive, "/app");
  return std::get<std::string>(response.body);
}

constexpr std::string_view kElement =
    "<p>x\n<script src=\"/app/__wws/live.js?revision=7&amp;styles=3\"></script>\n";

TEST(AddScript, FollowsAPageThatIsNotToBeKept) {
  http::Response response = page("Text/HTML; charset=utf-8");
  add_script(response, kLive, "/app");
  EXPECT_EQ(std::get<std::string>(response.body), kElement);
  EXPECT_EQ(http::find(response.fields, "etag"), std::nullopt);
  EXPECT_EQ(http::find(response.fields, "last-modified"), std::nullopt);
  EXPECT_EQ(http::find(response.fields, "cache-control"), "no-store");
}

TEST(AddScript, IsForWholePagesAlone) {
  EXPECT_EQ(body_with_script(page("text/plain")), "<p>x");
  EXPECT_EQ(body_with_script(page("application/xhtml+xml")), "<p>x");
  http::Response encoded = page();
  encoded.fields.push_back({"content-encoding", "gzip"});
  EXPECT_EQ(body_with_script(encoded), "<p>x");
  http::Response part = page();
  part.status = 206;
  EXPECT_EQ(body_with_script(part), "<p>x");
  EXPECT_TRUE(http::find(part.fields, "etag"));
  http::Response error = page();
  error.status = 500;
  EXPECT_EQ(body_with_script(error), kElement);
}

http::Request asking(std::string_view method, std::vector<http::FieldView> fields) {
  http::Request request;
  request.method = method;
  request.fields = std::move(fields);
  return request;
}

TEST(WantsPage, IsABrowserThatOpensOne) {
  EXPECT_TRUE(wants_page(asking("GET", {{"Accept", "text/html,*/*"}})));
  EXPECT_TRUE(wants_page(asking("HEAD", {{"Sec-Fetch-Dest", "document"}})));
  EXPECT_TRUE(wants_page(asking("GET", {{"sec-fetch-dest", "iframe"}, {"accept", "*/*"}})));
  EXPECT_FALSE(wants_page(asking("GET", {{"Sec-Fetch-Dest", "empty"}, {"Accept", "text/html"}})));
  EXPECT_FALSE(wants_page(asking("GET", {{"accept", "*/*"}})));
  EXPECT_FALSE(wants_page(asking("POST", {{"accept", "text/html"}})));
  EXPECT_FALSE(wants_page(asking("GET", {})));
}

class FailureTest : public ::testing::Test {
 protected:
  FailureTest() {
    std::string pattern = (fs::temp_directory_path() / "wws-failure-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
    write("a.js", "one\n\ttwo <b>\nthree\nfour\nfive\nsix\nseven");
    write(".env", "SECRET=1\n");
    write("notes.txt", "private\n");
  }
  ~FailureTest() override { fs::remove_all(root_); }
  void write(const std::string& name, std::string_view text) { std::ofstream(root_ / name) << text; }
  Failure describe(std::string file, std::string_view message) {
    return describe_failure(root_.string(), std::move(file), message);
  }
  fs::path root_;
};

TEST_F(FailureTest, HasTheLinesAroundThePlace) {
  const Failure failure = describe("a.js", "SyntaxError: what at a.js:5:2");
  EXPECT_EQ(failure.place, (SourcePlace{"a.js", 5, 2}));
  const std::vector<SourceLine> lines = {{2, " two <b>"}, {3, "three"}, {4, "four"},
                                         {5, "five"},     {6, "six"},   {7, "seven"}};
  EXPECT_EQ(failure.lines, lines);
  EXPECT_EQ(excerpt_lines(failure)[3], ">    5 | five");
  EXPECT_EQ(excerpt_lines(failure)[4], "       |  ^");
}

TEST_F(FailureTest, FindsThePlaceInTracesAndDiagnostics) {
  EXPECT_EQ(describe("a.js", "TypeError: no\n    at f (a.js:3:7)\n    at g (b.js:1:1)").place,
            (SourcePlace{"a.js", 3, 7}));
  EXPECT_EQ(describe("w.js", "w.toml:2:6: error: expected ']'").place, (SourcePlace{"w.toml", 2, 6}));
  EXPECT_EQ(describe("[id] x.js", "Error: at 12:30 in [id] x.js:4").place, (SourcePlace{"[id] x.js", 4, 0}));
  EXPECT_EQ(describe("a.wasm", "wasm trap: unreachable").place, std::nullopt);
  EXPECT_EQ(describe("a.js", "a.js:0:0").place, std::nullopt);
  EXPECT_EQ(describe("a.js", "a.js:99999999999999999999").place, std::nullopt);
}

TEST_F(FailureTest, FindsTheImportThatIsMissing) {
  write("b.js", "// x\nimport a from './nothere.js';\n");
  const Failure failure =
      describe("b.js", "ReferenceError: b.js imports \"./nothere.js\": there is no such file");
  EXPECT_EQ(failure.place, (SourcePlace{"b.js", 2, 15}));
  EXPECT_EQ(failure.lines.size(), 2U);
}

TEST_F(FailureTest, ShowsNothingButSourceOfTheProject) {
  for (const std::string name :
       {".env", "notes.txt", "/etc/passwd", "../a.js", "x/../../a.js", ".git/a.js"}) {
    EXPECT_TRUE(describe("a.js", "no " + name + ":1:1").lines.empty()) << name;
  }
  fs::create_symlink("/etc/passwd", root_ / "link.js");
  EXPECT_TRUE(describe("a.js", "link.js:1:1").lines.empty());
  EXPECT_TRUE(describe("a.js", "a.js:9:1").lines.empty()) << "behind its end";
}

TEST_F(FailureTest, IsTextThatCanBeShown) {
  write("c.js", "x\x1b[31m\xff" + std::string(190, 'a') + "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac");
  const Failure failure = describe("c.js", "bad \x1b at c.js:1:1\nnext");
  EXPECT_EQ(failure.message, "bad \\x1b at c.js:1:1\nnext");
  EXPECT_TRUE(failure.lines[0].text.starts_with("x\\x1b[31m\\xffaaa")) << failure.lines[0].text;
  EXPECT_TRUE(failure.lines[0].text.ends_with("aa…") || failure.lines[0].text.ends_with("€…"));
}

TEST(FailurePage, EscapesWhatItShows) {
  Failure failure{"<a>.js", "</script><b>\nmore & \"more\"", SourcePlace{"<a>.js", 1, 3}, {{1, "</pre><i>"}}};
  const std::string html = failure_page(failure, "<t>", "/p");
  EXPECT_EQ(html.find("<b>\n"), std::string::npos);
  EXPECT_EQ(html.find("</script>"), std::string::npos);
  EXPECT_EQ(html.find("<i>"), std::string::npos);
  EXPECT_EQ(html.find("<t>"), std::string::npos);
  EXPECT_NE(html.find("&lt;/script&gt;&lt;b&gt;</h1>"), std::string::npos) << html;
  EXPECT_NE(html.find("href=\"/p/__wws/live.css\""), std::string::npos);
}

TEST(EventText, IsOneEventOfOneLine) {
  Live live = kLive;
  live.failures.push_back({"a.js", "one\ntwo", std::nullopt, {}});
  EXPECT_EQ(event_text(live),
            "retry: 500\ndata: {\"revision\":7,\"styles\":3,\"failures\":[{\"file\":\"a.js\",\"message\":"
            "\"one\\ntwo\"}]}\n\n");
}

struct Reader : Responder {
  void respond(http::Response) override { has_ended = true; }
  void progress() override { ++told; }
  void fail(http::Response) override {}
  [[nodiscard]] bool is_waiting_for_client() const override { return false; }
  int told = 0;
  bool has_ended = false;
};

TEST(EventStreams, TellWhatIsNewAndEnd) {
  EventStreams streams;
  Reader one;
  Reader other;
  EXPECT_TRUE(streams.join(one));
  EXPECT_TRUE(streams.join(other));
  streams.tell("a");
  streams.tell("a");
  EXPECT_EQ(one.told, 1);
  EXPECT_EQ(streams.number(), 1U);
  streams.leave(other);
  streams.tell("b");
  EXPECT_EQ(other.told, 1);
  streams.end_all();
  EXPECT_TRUE(one.has_ended);
  EXPECT_FALSE(other.has_ended);
  EXPECT_FALSE(streams.join(other));
}

}  // namespace
}  // namespace wws::server
