#include "store/shared_records.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace wws::store {
namespace {

using std::chrono::milliseconds;

kv::RecordPtr record(std::string value, kv::Version version = 1, std::string metadata = {}) {
  return std::make_shared<const kv::Record>(kv::Record{std::move(value), version, {}, std::move(metadata)});
}

class SharedRecordsTest : public ::testing::Test {
 protected:
  explicit SharedRecordsTest(SharedRecords::Size size = {.spaces = 3, .ring_words = 2048, .buckets = 64})
      : size_(size),
        memory_(std::make_unique<SharedRecords::Word[]>(SharedRecords::words(size))),
        writer_(memory_.get(), size),
        reader_(memory_.get(), size) {
    writer_.begin();
  }
  /// "-": unknown; "none": no such key.
  [[nodiscard]] std::string value(std::uint16_t space, std::string_view key) const {
    const auto found = reader_.find(space, key);
    if (!found) return "-";
    return *found ? (*found)->value : "none";
  }

  SharedRecords::Size size_;
  std::unique_ptr<SharedRecords::Word[]> memory_;
  SharedRecords writer_;
  SharedRecords reader_;
};

TEST_F(SharedRecordsTest, GivesWhatWasPut) {
  const kv::Expiry expiry{milliseconds(-5)};
  writer_.put(0, "k", record("value of k", 7, "meta"));
  writer_.put(0, "gone", nullptr);
  writer_.put(1, "k", std::make_shared<const kv::Record>(kv::Record{"", 8, expiry}));
  const kv::RecordPtr found = *reader_.find(0, "k");
  EXPECT_EQ(found->value, "value of k");
  EXPECT_EQ(found->metadata, "meta");
  EXPECT_EQ(found->version, 7U);
  EXPECT_FALSE(found->expiry);
  EXPECT_EQ(value(0, "gone"), "none");
  EXPECT_EQ(value(0, "other"), "-");
  EXPECT_EQ((*reader_.find(1, "k"))->expiry, expiry);
  EXPECT_EQ(value(1, "k"), "");
  EXPECT_EQ(value(2, "k"), "-");
}

TEST_F(SharedRecordsTest, GivesTheNewestOfAKeyWhateverItsSize) {
  for (const std::size_t size : {3U, 0U, 9U, 200U, 1U, 1000U, 8U, 3000U, 16U}) {
    writer_.put(0, "k", record(std::string(size, 'v'), 1, std::string(size / 4, 'm')));
    EXPECT_EQ(value(0, "k"), std::string(size, 'v'));
    EXPECT_EQ((*reader_.find(0, "k"))->metadata, std::string(size / 4, 'm'));
    writer_.put(0, "k", nullptr);
    EXPECT_EQ(value(0, "k"), "none");
  }
}

/// A key that is written again and again takes nobody's room.
TEST_F(SharedRecordsTest, WritesInPlaceWhereItFits) {
  writer_.put(0, "other", record("stays"));
  for (int i = 1; i <= 100'000; ++i) writer_.put(0, "counter", record(std::to_string(i)));
  EXPECT_EQ(value(0, "counter"), "100000");
  EXPECT_EQ(value(0, "other"), "stays");
  EXPECT_FALSE(writer_.has_lost(0));
}

TEST_F(SharedRecordsTest, KnowsWhatIsNotThereWhereAllIsHere) {
  writer_.set_complete(0);
  EXPECT_EQ(value(0, "k"), "none");
  EXPECT_EQ(value(1, "k"), "-") << "another namespace";
  writer_.put(0, "k", record("v"));
  EXPECT_EQ(value(0, "k"), "v");
  EXPECT_EQ(value(0, "l"), "none");
  for (const char* large : {"1", "2", "3", "4", "5"}) writer_.put(1, large, record(std::string(3500, 'x')));
  EXPECT_EQ(value(0, "k"), "-") << "it had to make room";
  EXPECT_EQ(value(0, "l"), "-");
  EXPECT_TRUE(writer_.has_lost(0));
}

TEST_F(SharedRecordsTest, OldestMakeRoom) {
  for (int i = 0; i < 1000; ++i) {
    writer_.put(0, "k" + std::to_string(i), record(std::to_string(i) + std::string(100, 'x')));
    EXPECT_EQ(value(0, "k" + std::to_string(i)).substr(0, 3), (std::to_string(i) + "xxx").substr(0, 3));
  }
  EXPECT_EQ(value(0, "k0"), "-");
  EXPECT_NE(value(0, "k950"), "-");
}

TEST_F(SharedRecordsTest, HasNoneThatAreTooLarge) {
  writer_.set_complete(0);
  writer_.put(0, "k", record("small"));
  writer_.put(0, "k", record(std::string(SharedRecords::kMostEntryBytes, 'x')));
  EXPECT_EQ(value(0, "k"), "-");
}

TEST_F(SharedRecordsTest, BeginsWithNothing) {
  writer_.set_complete(0);
  writer_.put(0, "k", record("old"));
  SharedRecords next(memory_.get(), size_);
  next.begin();
  EXPECT_EQ(value(0, "k"), "-");
  EXPECT_EQ(value(0, "l"), "-");
  next.put(0, "k", record("new"));
  EXPECT_EQ(value(0, "k"), "new");
}

class SharedRecordsOfOneBucketTest : public SharedRecordsTest {
 protected:
  SharedRecordsOfOneBucketTest() : SharedRecordsTest({.spaces = 1, .ring_words = 1024, .buckets = 1}) {}
};

TEST_F(SharedRecordsOfOneBucketTest, TheOldestGoesForANewOne) {
  writer_.set_complete(0);
  for (std::size_t i = 0; i < SharedRecords::kWays; ++i) writer_.put(0, std::to_string(i), record("v"));
  EXPECT_EQ(value(0, "0"), "v");
  EXPECT_EQ(value(0, "none yet"), "none");
  writer_.put(0, "one more", record("w"));
  EXPECT_EQ(value(0, "0"), "-");
  EXPECT_EQ(value(0, "1"), "v");
  EXPECT_EQ(value(0, "one more"), "w");
}

/// What is known is true, over many turns of the ring.
TEST_F(SharedRecordsTest, IsTrueWhateverIsWritten) {
  std::mt19937 random(1);  // NOLINT: the same each time
  std::map<std::pair<int, std::string>, std::string> model;
  std::size_t known = 0;
  for (int space = 0; space < 2; ++space) writer_.set_complete(static_cast<std::uint16_t>(space));
  constexpr int kTimes = 200'000;
  for (int i = 0; i < kTimes; ++i) {
    const auto space = static_cast<std::uint16_t>(random() % 3);
    const std::string key = "key " + std::to_string(random() % 60);
    if (random() % 3 == 0) {
      std::string text = random() % 5 == 0 ? "none" : std::string(random() % 200, 'a') + std::to_string(i);
      writer_.put(space, key, text == "none" ? nullptr : record(text));
      model[{space, key}] = std::move(text);
    }
    const std::string found = value(space, key);
    if (found == "-") continue;
    ++known;
    const auto expected = model.find({space, key});
    ASSERT_EQ(found, expected == model.end() ? "none" : expected->second) << i;
  }
  EXPECT_GT(known, kTimes / 10U);
}

/// Readers see whole records, and never one that is older than what they have seen.
TEST_F(SharedRecordsTest, ReadersSeeWholeRecordsInOrder) {
  constexpr kv::Version kWrites = 100'000;
  std::atomic<bool> is_over{false};
  const auto text = [](kv::Version version) {
    return std::string(1 + version % 90, static_cast<char>('a' + version % 26)) + std::to_string(version);
  };
  std::array<std::size_t, 2> seen{};
  std::vector<std::thread> readers;
  for (std::size_t& count : seen) {
    readers.emplace_back([&] {
      kv::Version newest = 0;
      while (!is_over) {
        const auto found = reader_.find(1, "k");
        if (!found || !*found) continue;
        ++count;
        ASSERT_GE((*found)->version, newest);
        newest = (*found)->version;
        ASSERT_EQ((*found)->value, text(newest));
        ASSERT_EQ((*found)->metadata, std::to_string(newest));
      }
    });
  }
  for (kv::Version version = 1; version <= kWrites; ++version) {
    writer_.put(1, "k", record(text(version), version, std::to_string(version)));
    if (version % 3 == 0) writer_.put(0, std::to_string(version), record(std::string(version % 700, 'x')));
    while (version == kWrites && value(1, "k") != text(kWrites)) {
    }
  }
  is_over = true;
  for (std::thread& thread : readers) thread.join();
}

/// The store child is confined, but what it writes need not be believed.
TEST_F(SharedRecordsTest, SurvivesWhateverIsInTheMemory) {
  std::mt19937_64 random(2);  // NOLINT: the same each time
  const std::size_t first = SharedRecords::words(size_) - size_.ring_words;
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = "key " + std::to_string(i % 10);
    writer_.begin();
    writer_.put(0, key, record("v"));
    // The entry is the first one of the ring.
    for (int times = 0; times < 3; ++times) {
      const std::uint64_t word = random() >> (random() % 64);
      memory_[first + random() % 8] = random() % 2 == 0 ? word : word << 32;
    }
    (void)value(0, key);
  }
}

}  // namespace
}  // namespace wws::store
