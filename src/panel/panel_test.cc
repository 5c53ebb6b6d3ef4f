#include "panel/panel.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

namespace wws::panel {
namespace {

const std::filesystem::path kFolder = WWS_SOURCE_DIR "/panel";

TEST(PanelTest, EveryFileIsThereAsItIs) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    std::string name = entry.path().filename();
    if (name == "README.md") continue;
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::string content(std::istreambuf_iterator<char>(stream), {});
    const auto found = file(name == "index.html" ? "" : name);
    ASSERT_TRUE(found) << name << " is no part of src/panel/panel.cc";
    EXPECT_EQ(found->content, content) << name;
    ++count;
  }
  EXPECT_GT(count, 5U);
}

TEST(PanelTest, WhatPagesAndScriptsNameIsThere) {
  for (const std::string_view from :
       {"", "panel.js", "views.js", "plot.js", "errors.js", "keys.js", "log.js"}) {
    const std::string content(file(from)->content);
    const std::regex name(R"re((?:from "\./|href="|src=")([\w.-]+\.(?:js|css|svg)))re");
    for (std::sregex_iterator match(content.begin(), content.end(), name); match != std::sregex_iterator();
         ++match)
      EXPECT_TRUE(file((*match)[1].str())) << from << " names " << (*match)[1];
  }
}

TEST(PanelTest, NothingElseIs) {
  for (const std::string_view path : {"index.html", "../panel.css", "panel.css/", "README.md", "/"})
    EXPECT_FALSE(file(path)) << path;
}

// The policy would have browsers ignore them.
TEST(PanelTest, PagesHaveNoInlineScriptsOrStyles) {
  const std::string page(file("")->content);
  EXPECT_FALSE(std::regex_search(page, std::regex(R"(<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=))")));
}

}  // namespace
}  // namespace wws::panel
