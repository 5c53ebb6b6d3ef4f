#include "base/quantity.h"

#include <gtest/gtest.h>

#include <limits>

namespace wws::base {
namespace {

TEST(ParseSize, ReadsEveryUnit) {
  EXPECT_EQ(parse_size("0"), 0U);
  EXPECT_EQ(parse_size("65536"), 65536U);
  EXPECT_EQ(parse_size("12B"), 12U);
  EXPECT_EQ(parse_size("64KiB"), 65536U);
  EXPECT_EQ(parse_size("16MiB"), std::uint64_t{16} << 20);
  EXPECT_EQ(parse_size("3GiB"), std::uint64_t{3} << 30);
  EXPECT_EQ(parse_size("64KB"), 64'000U);
  EXPECT_EQ(parse_size("10MB"), 10'000'000U);
  EXPECT_EQ(parse_size("2GB"), 2'000'000'000U);
  EXPECT_EQ(parse_size("18GB"), 18'000'000'000U);
  EXPECT_EQ(parse_size("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
}

/// The fault: "10mb" was refused, though there is nothing else that it could mean.
TEST(ParseSize, TakesUnitsInAnyCase) {
  for (const char* text : {"10MB", "10mb", "10Mb", "10mB"}) EXPECT_EQ(parse_size(text), 10'000'000U) << text;
  for (const char* text : {"10MiB", "10mib", "10MIB"}) EXPECT_EQ(parse_size(text), std::uint64_t{10} << 20);
  EXPECT_EQ(parse_size("12b"), 12U);
}

TEST(ParseSize, RefusesWhatIsNotASize) {
  for (const char* text : {"", "KiB", "-1", "1.5MiB", "1k", "1M", "1 KiB", "1KiBs", "99999999999GiB",
                           "18446744074GB", "18446744073709551616"}) {
    const auto size = parse_size(text);
    ASSERT_FALSE(size) << text;
    EXPECT_EQ(size.error().message,
              '"' + std::string(text) + "\" is not a size such as 65536, 64KiB, 16MiB, 10MB or 1GiB");
  }
}

TEST(ParseDuration, ReadsEveryUnit) {
  EXPECT_EQ(parse_duration("250ms"), Duration(std::chrono::milliseconds(250)));
  EXPECT_EQ(parse_duration("2s"), Duration(std::chrono::seconds(2)));
  EXPECT_EQ(parse_duration("5m"), Duration(std::chrono::minutes(5)));
}

TEST(ParseDuration, RefusesWhatIsNotADuration) {
  for (const char* text :
       {"", "10", "s", "-1s", "1.5s", "1h", "1 s", "99999999999999s", "9000000000000000000ms"}) {
    const auto duration = parse_duration(text);
    ASSERT_FALSE(duration) << text;
    EXPECT_EQ(duration.error().message,
              '"' + std::string(text) + "\" is not a duration such as 250ms, 10s or 5m");
  }
}

TEST(Quantities, AreWrittenInTheFormsThatAreRead) {
  EXPECT_EQ(format_size(0), "0B");
  EXPECT_EQ(format_size(1000), "1KB");
  EXPECT_EQ(format_size(1001), "1001B");
  EXPECT_EQ(format_size(10'000'000), "10MB");
  EXPECT_EQ(format_size(std::uint64_t{128} << 20), "128MiB");
  EXPECT_EQ(format_duration(std::chrono::seconds(10)), "10s");
  EXPECT_EQ(format_duration(std::chrono::milliseconds(1500)), "1500ms");
  EXPECT_EQ(format_duration(std::chrono::minutes(2)), "2m");
  EXPECT_EQ(format_duration(Duration(1)), "1ms");
}

}  // namespace
}  // namespace wws::base
