#include "base/log_ring.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>
#include <string>
#include <vector>

namespace wws::base {
namespace {

using Kind = LogRing::Kind;

struct Read {
  std::vector<LogEntry> entries;
  std::uint64_t missed = 0;
  std::uint64_t next = 0;
};

Read read_all(const LogRing& ring, Kind kind, std::uint64_t from = 0) {
  Read read;
  read.next =
      ring.read(kind, from, read.missed, [&](LogEntry entry) { read.entries.push_back(std::move(entry)); });
  return read;
}

class LogRingTest : public ::testing::Test {
 protected:
  LogRingTest() : writer_(std::move(*LogRing::create())) {
    reader_ = std::move(*LogRing::open(std::move(*writer_->open_for_reading()), LogRing::Access::kRead));
  }
  std::unique_ptr<LogRing> writer_;
  std::unique_ptr<LogRing> reader_;
};

TEST_F(LogRingTest, GivesWhatWasPutInItsOrder) {
  writer_->put(Kind::kLine, log::Level::kWarn, {{"worker", "a.js"}, {"route", ""}, {"message", "one"}});
  writer_->put(Kind::kLine, log::Level::kInfo, {{"message", "two"}});
  const Read all = read_all(*reader_, Kind::kLine);
  ASSERT_EQ(all.entries.size(), 2U);
  EXPECT_EQ(all.entries[0].level, log::Level::kWarn);
  EXPECT_EQ(all.entries[0].field("worker"), "a.js");
  EXPECT_EQ(all.entries[0].field("route"), "");
  EXPECT_EQ(all.entries[0].field("message"), "one");
  EXPECT_GT(all.entries[0].microseconds, 1'600'000'000'000'000);
  EXPECT_EQ(all.next, 2U);
  writer_->put(Kind::kLine, log::Level::kInfo, {{"message", "three"}});
  const Read later = read_all(*reader_, Kind::kLine, all.next);
  ASSERT_EQ(later.entries.size(), 1U);
  EXPECT_EQ(later.entries[0].field("message"), "three");
  EXPECT_TRUE(read_all(*reader_, Kind::kReport).entries.empty());
}

TEST_F(LogRingTest, HasRoomForTheNewestAndSaysHowManyAreMissing) {
  for (std::uint64_t i = 0; i < LogRing::kLines + 10; ++i)
    writer_->put(Kind::kLine, log::Level::kInfo, {{"message", std::to_string(i)}});
  const Read all = read_all(*reader_, Kind::kLine);
  EXPECT_EQ(all.entries.size(), LogRing::kLines);
  EXPECT_EQ(all.missed, 10U);
  EXPECT_EQ(all.entries.front().field("message"), "10");
}

TEST_F(LogRingTest, CutsWhatIsTooLongAtACharacter) {
  std::string message = "x";
  for (int i = 0; i < 10'000; ++i) message += "ü";
  writer_->put(Kind::kLine, log::Level::kInfo, {{"message", message}, {"more", "is left out"}});
  writer_->put(Kind::kReport, log::Level::kError, {{"message", message}});
  const Read lines = read_all(*reader_, Kind::kLine);
  const std::string_view kept = lines.entries.at(0).field("message");
  EXPECT_TRUE(kept.ends_with("ü…")) << kept;
  EXPECT_GT(kept.size(), LogRing::kLargestLine - 20);
  EXPECT_EQ(lines.entries[0].fields.size(), 1U);
  EXPECT_GT(read_all(*reader_, Kind::kReport).entries.at(0).field("message").size(),
            LogRing::kLargestReport - 20);
}

TEST_F(LogRingTest, KeepsTheLogWhileItLives) {
  EXPECT_FALSE(log::is_kept());
  writer_->keep_log();
  EXPECT_TRUE(log::is_kept());
  log::write(log::Level::kError, "words", {{"worker", "w"}, {"route", "/r"}, {"request_id", "1"}});
  log::keep_report({{"message", "why"}});
  const Read lines = read_all(*reader_, Kind::kLine);
  EXPECT_EQ(lines.entries.at(0).field("message"), "words");
  EXPECT_EQ(lines.entries[0].field("request_id"), "1");
  EXPECT_EQ(read_all(*reader_, Kind::kReport).entries.at(0).field("message"), "why");
  writer_.reset();
  EXPECT_FALSE(log::is_kept());
}

/// A process that was broken into may write anything: nothing of it is believed, and nothing is read beyond.
TEST_F(LogRingTest, SurvivesAnyBytes) {
  constexpr std::size_t kSome = 600'000;  // all lines, and some reports
  auto* bytes =
      static_cast<unsigned char*>(mmap(nullptr, kSome, PROT_READ | PROT_WRITE, MAP_SHARED, writer_->fd(), 0));
  ASSERT_NE(bytes, MAP_FAILED);
  std::uint64_t state = 1;
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 200; ++i)
      writer_->put(round % 2 == 0 ? Kind::kLine : Kind::kReport, log::Level::kInfo, {{"message", "words"}});
    for (int i = 0; i < 20'000; ++i) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      bytes[16 + (state >> 33U) % (kSome - 16)] = static_cast<unsigned char>(state >> 24U);
    }
    for (const Kind kind : {Kind::kLine, Kind::kReport}) {
      for (const LogEntry& entry : read_all(*reader_, kind).entries) {
        EXPECT_LE(entry.level, log::Level::kError);
        std::size_t size = 0;
        for (const auto& [name, value] : entry.fields) size += name.size() + value.size();
        EXPECT_LE(size, LogRing::kLargestReport);
      }
    }
  }
  // Counts that are no counts.
  for (const std::uint64_t end : {~std::uint64_t{0}, std::uint64_t{1} << 63U, std::uint64_t{3}}) {
    std::memcpy(bytes, &end, sizeof end);
    for (const std::uint64_t from : {std::uint64_t{0}, std::uint64_t{5}, ~std::uint64_t{0}})
      EXPECT_LE(read_all(*reader_, Kind::kLine, from).entries.size(), LogRing::kLines);
  }
  munmap(bytes, kSome);
}

TEST(LogRing, OpensNothingElse) { EXPECT_FALSE(LogRing::open(File(), LogRing::Access::kRead)); }

}  // namespace
}  // namespace wws::base
