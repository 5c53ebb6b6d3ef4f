#include "http/fields.h"

#include <gtest/gtest.h>

#include <string>

namespace wws::http {
namespace {

TEST(Fields, NamesCompareIgnoringAsciiCase) {
  EXPECT_TRUE(equals_ignoring_case("Content-Type", "content-TYPE"));
  EXPECT_TRUE(equals_ignoring_case("", ""));
  EXPECT_FALSE(equals_ignoring_case("Content-Type", "Content-Typ"));
  EXPECT_FALSE(equals_ignoring_case("a", "b"));
  EXPECT_FALSE(equals_ignoring_case("[", "{"));  // differ by the case bit, are no letters
  EXPECT_FALSE(equals_ignoring_case("@", "`"));
}

TEST(Fields, TokenIsExactlyTchar) {
  const std::string_view others = "!#$%&'*+-.^_`|~";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    EXPECT_EQ(is_token_char(c), alnum || others.find(c) != std::string_view::npos) << byte;
  }
  EXPECT_TRUE(is_token("X-A"));
  EXPECT_FALSE(is_token(""));
  EXPECT_FALSE(is_token("a b"));
}

TEST(Fields, ValuesHoldNoControlBytesAtAnyPlace) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool allowed = byte == '\t' || (byte >= 0x20 && byte != 0x7f);
    for (std::size_t place = 1; place < 20; ++place) {
      std::string value(21, 'a');
      value[place] = static_cast<char>(byte);
      EXPECT_EQ(is_field_value(value), allowed) << byte << " at " << place;
      value[place - 1] = '\t';
      if (place > 1) {
        EXPECT_EQ(is_field_value(value), allowed) << byte << " at " << place << " after a tab";
      }
    }
  }
}

TEST(Fields, ValuesHaveNoOuterWhiteSpace) {
  EXPECT_TRUE(is_field_value(""));
  EXPECT_TRUE(is_field_value("a \t b"));
  EXPECT_TRUE(is_field_value("gr\xc3\xbc\xc3\x9f"));
  EXPECT_FALSE(is_field_value(" a"));
  EXPECT_FALSE(is_field_value("a\t"));
  EXPECT_FALSE(is_field_value("a\r\nb"));
}

TEST(Fields, FindTakesTheFirst) {
  const std::vector<Field> fields = {{"A", "1"}, {"B", "2"}, {"b", "3"}};
  EXPECT_EQ(find(fields, "b"), "2");
  EXPECT_EQ(find(fields, "c"), std::nullopt);
}

}  // namespace
}  // namespace wws::http
