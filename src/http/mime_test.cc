#include "http/mime.h"

#include <gtest/gtest.h>

#include <string>

namespace wws::http {
namespace {

TEST(Mime, ByTheLastExtensionInAnyCase) {
  EXPECT_EQ(content_type("index.html"), "text/html; charset=utf-8");
  EXPECT_EQ(content_type("LOGO.SVG"), "image/svg+xml; charset=utf-8");
  EXPECT_EQ(content_type("app.min.js"), "text/javascript; charset=utf-8");
  EXPECT_EQ(content_type("a/b.json"), "application/json; charset=utf-8");
  EXPECT_EQ(content_type("x.tar.gz"), "application/gzip");
  EXPECT_EQ(content_type("x.7z"), "application/x-7z-compressed");
  EXPECT_EQ(content_type("x.zst"), "application/zstd");
  EXPECT_EQ(content_type("photo.png"), "image/png");
}

TEST(Mime, UnknownIsBytes) {
  const auto long_name = "a." + std::string(100, 'x');
  for (const std::string_view name : {std::string_view(long_name), std::string_view()}) {
    EXPECT_EQ(content_type(name), "application/octet-stream") << name;
  }
  for (const auto* name : {"Makefile", "a.", "a.unknown", "a.html/b", "html"}) {
    EXPECT_EQ(content_type(name), "application/octet-stream") << name;
  }
}

}  // namespace
}  // namespace wws::http
