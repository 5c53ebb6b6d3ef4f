#include "base/log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <string_view>

namespace wws::base::log {
namespace {

class LogTest : public ::testing::Test {
 protected:
  ~LogTest() override { set_form(Form::kText); }
};

std::string end_of(const std::string& line, std::size_t size) {
  return line.size() < size ? line : line.substr(line.size() - size);
}

TEST_F(LogTest, TextCannotForgeALine) {
  EXPECT_EQ(end_of(text(Level::kWarn, "a\nb\x1b[0m"), 20), " warn  a\\x0ab\\x1b[0m");
}

TEST_F(LogTest, JsonIsOneObjectWithItsFields) {
  set_form(Form::kJson);
  const std::string line = text(Level::kError, "a\n\"b\"\\ \xff", {{"worker", "w\"1"}, {"route", "/r"}});
  EXPECT_TRUE(line.starts_with("{\"time\":\"2")) << line;
  const std::string rest = "Z\",\"type\":\"log\",\"process\":" + std::to_string(getpid()) +
                           ",\"level\":\"error\",\"worker\":\"w\\\"1\",\"route\":\"/r\","
                           "\"message\":\"a\\u000a\\\"b\\\"\\\\ \\ufffd\"}";
  EXPECT_EQ(end_of(line, rest.size()), rest);
}

TEST_F(LogTest, ColorsAreForTheLevelAlone) {
  set_form(Form::kColored);
  const std::string line = text(Level::kWarn, "words \x1b[31m", {{"worker", "not shown"}});
  EXPECT_TRUE(line.ends_with(" \x1b[33mwarn \x1b[0m words \\x1b[31m")) << line;
}

std::string escaped_as(std::string_view text, Quoting quoting) {
  std::string out(text.size() * kEscapeGrowth, '?');
  out.resize(static_cast<std::size_t>(escape(out.data(), text, quoting) - out.data()));
  return out;
}

// Plain text is copied eight bytes at a time: each byte is told from its neighbours, wherever it stands.
TEST_F(LogTest, EscapesEachByteByItself) {
  for (const Quoting quoting : {Quoting::kNone, Quoting::kQuoted, Quoting::kJson}) {
    for (int byte = 0; byte < 256; ++byte) {
      const std::string one(1, static_cast<char>(byte));
      for (const char neighbour : {' ', '~', '!', '#', '[', ']', 'x'}) {
        for (std::size_t place = 0; place <= 17; ++place) {
          const std::string before(place, neighbour);
          const std::string after(17 - place, neighbour);
          ASSERT_EQ(escaped_as(before + one + after, quoting), before + escaped_as(one, quoting) + after)
              << byte << " at " << place;
        }
      }
    }
  }
}

}  // namespace
}  // namespace wws::base::log
