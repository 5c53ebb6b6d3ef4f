#include "http/mime.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

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

// What other servers know was sent as bytes: players, viewers and browsers did not know what to do with it.
TEST(Mime, KnowsWhatOtherServersKnow) {
  for (const auto& [name, type] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"live.m3u8", "application/vnd.apple.mpegurl"},
           {"live.ts", "video/mp2t"},
           {"a.mpd", "application/dash+xml; charset=utf-8"},
           {"a.mpg", "video/mpeg"},
           {"a.3gp", "video/3gpp"},
           {"a.gltf", "model/gltf+json; charset=utf-8"},
           {"a.glb", "model/gltf-binary"},
           {"a.obj", "model/obj"},
           {"a.stl", "model/stl"},
           {"a.apk", "application/vnd.android.package-archive"},
           {"a.ai", "application/postscript"},
           {"a.vcf", "text/vcard; charset=utf-8"},
           {"a.jsx", "text/javascript; charset=utf-8"},
           {"a.svgz", "image/svg+xml"},
           {"a.kml", "application/vnd.google-earth.kml+xml; charset=utf-8"},
           {"a.rpm", "application/x-redhat-package-manager"}}) {
    EXPECT_EQ(content_type(name), type) << name;
  }
}

TEST(Mime, SourceTextIsShown) {
  for (const auto* name : {"a.sh", "a.toml", "a.rs", "a.py", "a.c", "a.h", "a.cpp", "a.go", "a.zig", "a.tsx",
                           "a.diff", "a.tex", "a.log", "a.sql", "a.rb", "a.pl"}) {
    EXPECT_EQ(content_type(name), "text/plain; charset=utf-8") << name;
  }
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
