#include "http/range.h"

#include <gtest/gtest.h>

namespace wws::http {
namespace {

void expect_range(std::string_view value, std::uint64_t size, std::uint64_t first, std::uint64_t length) {
  const auto result = parse_range(value, size);
  EXPECT_EQ(result.kind, RangeKind::kOne) << value;
  EXPECT_EQ(result.range.first, first) << value;
  EXPECT_EQ(result.range.length, length) << value;
}

RangeKind kind(std::string_view value, std::uint64_t size) { return parse_range(value, size).kind; }

TEST(Range, OneRangeIsServed) {
  expect_range("bytes=0-0", 10, 0, 1);
  expect_range("bytes=2-5", 10, 2, 4);
  expect_range("bytes=2-", 10, 2, 8);
  expect_range("bytes=0-9", 10, 0, 10);
  expect_range("Bytes= 1-2 ", 10, 1, 2);
}

TEST(Range, TheLastPositionIsCutToTheSize) {
  expect_range("bytes=5-100", 10, 5, 5);
  expect_range("bytes=5-99999999999999999999999999", 10, 5, 5);
}

TEST(Range, ASuffixCountsFromTheEnd) {
  expect_range("bytes=-3", 10, 7, 3);
  expect_range("bytes=-10", 10, 0, 10);
  expect_range("bytes=-99999999999999999999999", 10, 0, 10);
}

TEST(Range, NothingToServeIsUnsatisfiable) {
  EXPECT_EQ(kind("bytes=10-", 10), RangeKind::kUnsatisfiable);
  EXPECT_EQ(kind("bytes=10-20", 10), RangeKind::kUnsatisfiable);
  EXPECT_EQ(kind("bytes=99999999999999999999999-", 10), RangeKind::kUnsatisfiable);
  EXPECT_EQ(kind("bytes=-0", 10), RangeKind::kUnsatisfiable);
  EXPECT_EQ(kind("bytes=0-0", 0), RangeKind::kUnsatisfiable);
}

TEST(Range, ASuffixOfAnEmptyFileIsTheWholeFile) { EXPECT_EQ(kind("bytes=-5", 0), RangeKind::kNone); }

TEST(Range, SeveralRangesAreTheWholeFile) {
  EXPECT_EQ(kind("bytes=0-1,3-4", 10), RangeKind::kNone);
  EXPECT_EQ(kind("bytes=0-1, -1", 10), RangeKind::kNone);
  EXPECT_EQ(kind("bytes=-1,0-1", 10), RangeKind::kNone);
}

TEST(Range, MalformedValuesAreIgnored) {
  for (const auto* value :
       {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=1", "bytes=5-4", "bytes=1-2-3", "bytes=+1-2",
        "bytes=0x1-2", "lines=0-1", "bytes =0-1", "bytes=1 -2", "bytes=--1"}) {
    EXPECT_EQ(kind(value, 10), RangeKind::kNone) << value;
  }
}

}  // namespace
}  // namespace wws::http
