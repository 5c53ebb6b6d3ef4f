#include "assets/public_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "assets/lookup.h"
#include "http/date.h"

namespace wws::assets {
namespace {

namespace fs = std::filesystem;

std::string body_of(const http::Response& response) {
  if (const auto* text = std::get_if<std::string>(&response.body)) return *text;
  const auto& range = std::get<http::FileRange>(response.body);
  std::string bytes(range.length, '\0');
  EXPECT_EQ(pread(range.file->fd(), bytes.data(), bytes.size(), static_cast<off_t>(range.offset)),
            static_cast<ssize_t>(bytes.size()));
  return bytes;
}

class PublicFolderTest : public ::testing::Test {
 protected:
  PublicFolderTest() {
    std::string name = (fs::temp_directory_path() / "wws-assets-XXXXXX").string();
    root_ = mkdtemp(name.data());
    put("secret.txt", "secret");
    put("public/index.html", "home");
    put("public/a.txt", "0123456789");
    put("public/docs/index.html", "docs");
    put("public/empty/x.txt", "x");
    put("public/about.html", "about");
    put("public/404.html", "gone");
    put("public/.env", "hidden");
    put("public/.well-known/acme", "token");
    put("public/sp ace.txt", "space");
    put("public/dir.html/x.txt", "x");
  }
  ~PublicFolderTest() override { fs::remove_all(root_); }

  void put(const std::string& path, const std::string& content) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << content;
  }

  std::optional<http::Response> get(std::string_view path, std::vector<http::FieldView> fields = {},
                                    std::string_view method = "GET") {
    auto folder = PublicFolder::open({root_}, clock_);
    EXPECT_TRUE(folder);
    http::Request request;
    request.method = method;
    request.fields = std::move(fields);
    return folder->serve(request, path);
  }

  std::string text(std::string_view path) {
    const auto response = get(path);
    return response ? std::to_string(response->status) + " " + body_of(*response) : "none";
  }

  fs::path root_;
  base::ManualClock clock_;
};

TEST_F(PublicFolderTest, FindsFilesIndexesAndPagesWithoutExtension) {
  EXPECT_EQ(text("/a.txt"), "200 0123456789");
  EXPECT_EQ(text("/"), "200 home");
  EXPECT_EQ(text("/docs"), "200 docs");
  EXPECT_EQ(text("/about"), "200 about");
  EXPECT_EQ(text("/about.html"), "200 about");
  EXPECT_EQ(text("/sp%20ace.txt"), "200 space");
  EXPECT_EQ(text("/.well-known/acme"), "200 token");
}

TEST_F(PublicFolderTest, FindsNothingElse) {
  for (const char* path :
       {"/none", "/empty", "/a.txt/x", "/.env", "/%2eenv", "/docs%2Findex.html", "/docs%5Cindex.html",
        "/a.txt%00", "/%2e%2e%2fsecret.txt", "/..%2fsecret.txt", "/docs/.hidden", "/dir"}) {
    EXPECT_EQ(text(path), "none") << path;
  }
}

TEST_F(PublicFolderTest, FollowsLinksThatStayInsideTheProjectOnly) {
  fs::create_symlink("../secret.txt", root_ / "public/inside.txt");
  fs::create_symlink("../../../../../../etc/passwd", root_ / "public/outside.txt");
  fs::create_symlink("/etc/passwd", root_ / "public/absolute.txt");
  fs::create_symlink("loop.txt", root_ / "public/loop.txt");
  EXPECT_EQ(text("/inside.txt"), "200 secret");
  EXPECT_EQ(text("/outside.txt"), "none");
  EXPECT_EQ(text("/absolute.txt"), "none");
  EXPECT_EQ(text("/loop.txt"), "none");
}

// Any error of the system passed for a file that is not there: 404, or a worker ran in its place.
TEST_F(PublicFolderTest, TellsWhatIsNotThereFromWhatCannotBeOpenedNow) {
  auto folder = PublicFolder::open({root_}, clock_);
  ASSERT_TRUE(folder);
  http::Request request;
  request.method = "GET";
  // UBSan looks at a class that it sees for the first time through a pipe, which cannot be had below.
  EXPECT_TRUE(folder->serve(request, "/a.txt"));
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none = {0, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  const auto held_up = folder->serve(request, "/a.txt");
  const auto unknown = folder->serve(request, "/none");
  setrlimit(RLIMIT_NOFILE, &before);
  ASSERT_TRUE(held_up);
  EXPECT_EQ(held_up->status, 503);
  EXPECT_EQ(http::find(held_up->fields, "retry-after"), "1");
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->status, 503);
  EXPECT_EQ(folder->serve(request, "/a.txt")->status, 200);
  EXPECT_FALSE(folder->serve(request, "/none"));
  EXPECT_FALSE(folder->serve(request, "/" + std::string(300, 'x')));
}

TEST_F(PublicFolderTest, DoesNotWaitForAPipe) {
  ASSERT_EQ(mkfifo((root_ / "public/pipe").c_str(), 0600), 0);
  EXPECT_EQ(text("/pipe"), "none");
}

TEST_F(PublicFolderTest, DescribesWhatItServes) {
  const auto response = get("/a.txt");
  ASSERT_TRUE(response);
  EXPECT_EQ(http::find(response->fields, "content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(http::find(response->fields, "accept-ranges"), "bytes");
  EXPECT_TRUE(http::find(response->fields, "etag")->starts_with('"'));
  EXPECT_TRUE(http::find(response->fields, "last-modified")->ends_with("GMT"));
}

TEST_F(PublicFolderTest, HonoursConditions) {
  const auto first = get("/a.txt");
  const std::string etag(*http::find(first->fields, "etag"));
  const std::string date(*http::find(first->fields, "last-modified"));
  const auto not_modified = get("/a.txt", {{"If-None-Match", etag}});
  EXPECT_EQ(not_modified->status, 304);
  EXPECT_EQ(http::find(not_modified->fields, "etag"), etag);
  EXPECT_EQ(get("/a.txt", {{"If-Modified-Since", date}})->status, 304);
  EXPECT_EQ(get("/a.txt", {{"If-Match", "\"other\""}})->status, 412);
  EXPECT_EQ(get("/a.txt", {{"If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"}})->status, 412);
}

TEST_F(PublicFolderTest, ServesOneRange) {
  const auto part = get("/a.txt", {{"Range", "bytes=2-4"}});
  EXPECT_EQ(part->status, 206);
  EXPECT_EQ(body_of(*part), "234");
  EXPECT_EQ(http::find(part->fields, "content-range"), "bytes 2-4/10");
  EXPECT_EQ(body_of(*get("/a.txt", {{"Range", "bytes=-3"}})), "789");
  const auto none = get("/a.txt", {{"Range", "bytes=10-"}});
  EXPECT_EQ(none->status, 416);
  EXPECT_EQ(http::find(none->fields, "content-range"), "bytes */10");
  EXPECT_EQ(get("/a.txt", {{"Range", "bytes=0-1,4-5"}})->status, 200);
  EXPECT_EQ(get("/a.txt", {{"Range", "bytes=0-1"}, {"If-Range", "\"other\""}})->status, 200);
  EXPECT_EQ(get("/a.txt", {{"Range", "bytes=0-1"}}, "HEAD")->status, 200);
}

TEST_F(PublicFolderTest, RefusesOtherMethodsOnFiles) {
  const auto response = get("/a.txt", {}, "POST");
  EXPECT_EQ(response->status, 405);
  EXPECT_EQ(http::find(response->fields, "allow"), "GET, HEAD");
  EXPECT_FALSE(get("/none", {}, "POST"));
}

TEST_F(PublicFolderTest, AnswersWhatIsNotThereWithThePage) {
  const auto folder = PublicFolder::open({root_}, clock_);
  EXPECT_EQ(folder->not_found().status, 404);
  EXPECT_EQ(body_of(folder->not_found()), "gone");
  EXPECT_EQ(http::find(folder->not_found().fields, "content-type"), "text/html; charset=utf-8");
  fs::remove(root_ / "public/404.html");
  EXPECT_EQ(body_of(folder->not_found()), "");
}

TEST_F(PublicFolderTest, AProjectWithoutPublicFolderHasNoFiles) {
  fs::remove_all(root_ / "public");
  EXPECT_EQ(text("/secret.txt"), "none");
  EXPECT_EQ(PublicFolder::open({root_}, clock_)->not_found().status, 404);
  EXPECT_FALSE(PublicFolder::open({root_ / "nowhere"}, clock_));
}

// A folder that was made after the start was never served.
TEST_F(PublicFolderTest, ComesAndGoesWhileTheServerRuns) {
  fs::rename(root_ / "public", root_ / "later");
  const auto folder = PublicFolder::open({root_}, clock_);
  http::Request request;
  request.method = "GET";
  EXPECT_FALSE(folder->serve(request, "/a.txt"));
  fs::rename(root_ / "later", root_ / "public");
  EXPECT_FALSE(folder->serve(request, "/a.txt"));  // it is looked for once a second
  clock_.advance(std::chrono::seconds(1));
  EXPECT_TRUE(folder->serve(request, "/a.txt"));
  EXPECT_EQ(body_of(folder->not_found()), "gone");
  fs::remove_all(root_ / "public");
  EXPECT_FALSE(folder->serve(request, "/a.txt"));
  put("public/b.txt", "new");
  EXPECT_TRUE(folder->serve(request, "/b.txt"));
}

TEST_F(PublicFolderTest, LiesWhereTheProjectSays) {
  put("build/out/a.txt", "built");
  put("build/secret.txt", "secret");
  fs::create_symlink("../secret.txt", root_ / "build/out/up.txt");
  http::Request request;
  request.method = "GET";
  const auto inside = PublicFolder::open({root_, "build/out"}, clock_);
  EXPECT_EQ(body_of(*inside->serve(request, "/a.txt")), "built");
  EXPECT_EQ(body_of(*inside->serve(request, "/up.txt")), "secret");  // still below the project
  const auto outside = PublicFolder::open({root_ / "build/out", "."}, clock_);
  EXPECT_EQ(body_of(*outside->serve(request, "/a.txt")), "built");
  EXPECT_FALSE(outside->serve(request, "/up.txt"));
  EXPECT_FALSE(outside->serve(request, "/"));
}

// A folder outside of the project that was replaced went on being the old one.
TEST_F(PublicFolderTest, OutsideOfTheProjectItMayBeMadeAnew) {
  put("dist/a.txt", "old");
  const auto folder = PublicFolder::open({root_ / "dist", "."}, clock_);
  http::Request request;
  request.method = "GET";
  EXPECT_EQ(body_of(*folder->serve(request, "/a.txt")), "old");
  fs::rename(root_ / "dist", root_ / "dist.old");
  put("dist/a.txt", "new");
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(body_of(*folder->serve(request, "/a.txt")), "new");
  fs::remove_all(root_ / "dist");
  clock_.advance(std::chrono::seconds(1));
  EXPECT_FALSE(folder->serve(request, "/a.txt"));
}

// A file from a clock that is ahead had a Last-Modified later than its answer's Date.
TEST_F(PublicFolderTest, IsNotModifiedInTheFuture) {
  const std::int64_t now = std::chrono::floor<std::chrono::seconds>(clock_.wall()).time_since_epoch().count();
  const auto modified = [&](std::int64_t at) {
    const timespec times[2] = {{at, 0}, {at, 0}};
    EXPECT_EQ(utimensat(AT_FDCWD, (root_ / "public/a.txt").c_str(), times, 0), 0);
    return std::string(http::find(get("/a.txt")->fields, "last-modified").value_or(""));
  };
  EXPECT_EQ(modified(now - 10), http::format_date(now - 10));
  EXPECT_EQ(modified(now), http::format_date(now));
  EXPECT_EQ(modified(now + 3600), http::format_date(now));
}

}  // namespace
}  // namespace wws::assets
