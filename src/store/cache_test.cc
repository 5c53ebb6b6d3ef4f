#include "store/cache.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

namespace wws::store {
namespace {

using std::chrono::milliseconds;

kv::RecordPtr record(std::string value, std::optional<kv::Expiry> expiry = {}) {
  return std::make_shared<const kv::Record>(kv::Record{std::move(value), 1, expiry});
}

class CacheTest : public ::testing::Test {
 protected:
  CacheTest() : page_(std::move(*SharedState::create(2))), cache_(page_, clock_, 10'000) {
    page_.begin_epoch();
    cache_.begin_epoch(page_.epoch());
    page_.set_version(0, 5);
    page_.set_version(1, 5);
  }
  /// "-": unknown; "none": no such key.
  std::string value(std::uint16_t space, std::string_view key) {
    const auto found = cache_.find(space, key);
    if (!found) return "-";
    return *found ? (*found)->value : "none";
  }

  base::ManualClock clock_;
  SharedState page_;
  Cache cache_;
};

TEST_F(CacheTest, KeepsWhatIsTrue) {
  cache_.keep(0, "k", 5, record("v"));
  cache_.keep(0, "gone", 5, nullptr);
  EXPECT_EQ(value(0, "k"), "v");
  EXPECT_EQ(value(0, "gone"), "none");
  EXPECT_EQ(value(0, "other"), "-");
  EXPECT_EQ(value(1, "k"), "-") << "another namespace";
}

TEST_F(CacheTest, GivesNothingAfterAWrite) {
  cache_.keep(0, "k", 5, record("v"));
  cache_.keep(1, "k", 5, record("w"));
  page_.set_version(0, 6);
  EXPECT_EQ(value(0, "k"), "-");
  EXPECT_EQ(value(1, "k"), "w");
  cache_.keep(0, "k", 5, record("late"));
  EXPECT_EQ(value(0, "k"), "-") << "what arrives late is old";
  page_.set_version(0, 5);
  EXPECT_EQ(value(0, "k"), "-") << "and does not come back";
}

/// Of Redis, which other machines write to as well; also of a namespace that is empty yet.
TEST_F(CacheTest, KeepsNothingThatOthersWriteTo) {
  page_.set_version(0, SharedState::kOfOthers);
  for (const kv::Version version : {kv::Version{0}, kv::Version{1}, kv::Version{5}}) {
    cache_.keep(0, "k", version, record("v"));
    EXPECT_EQ(value(0, "k"), "-");
    cache_.keep_map(0, {version, std::make_shared<const std::vector<kv::Item>>()});
    EXPECT_FALSE(cache_.find_map(0));
  }
}

/// A store in memory begins anew after its process died, with the same versions.
TEST_F(CacheTest, GivesNothingOfAnotherStoreChild) {
  cache_.keep(0, "k", 5, record("v"));
  page_.begin_epoch();
  EXPECT_EQ(value(0, "k"), "-");
  cache_.keep(0, "k", 5, record("v"));
  EXPECT_EQ(value(0, "k"), "-") << "the link is still that to the old one";
  cache_.begin_epoch(page_.epoch());
  EXPECT_EQ(value(0, "k"), "-");
  cache_.keep(0, "k", 5, record("new"));
  EXPECT_EQ(value(0, "k"), "new");
}

TEST_F(CacheTest, SeesThatARecordHasExpired) {
  const auto now = std::chrono::time_point_cast<milliseconds>(clock_.wall());
  cache_.keep(0, "k", 5, record("v", now + milliseconds(10)));
  EXPECT_EQ(value(0, "k"), "v");
  clock_.advance(milliseconds(10));
  EXPECT_EQ(value(0, "k"), "none");
}

TEST_F(CacheTest, FindsWhatTheStoreChildShares) {
  page_.records().put(0, "k", record("v"));
  page_.records().put(0, "gone", nullptr);
  EXPECT_EQ(value(0, "k"), "v");
  EXPECT_EQ(value(0, "gone"), "none");
  EXPECT_EQ(value(0, "other"), "-");
  EXPECT_GT(cache_.bytes(), 0U) << "and keeps it";
  page_.set_version(0, 6);
  page_.records().put(0, "k", record("w"));
  EXPECT_EQ(value(0, "k"), "w");
}

TEST_F(CacheTest, FindsManyOfOneMoment) {
  cache_.keep(0, "a", 5, record("1"));
  page_.records().put(0, "b", record("2"));
  page_.records().put(0, "gone", nullptr);
  const auto found = cache_.find_many(0, {"b", "gone", "a"});
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 3U);
  EXPECT_EQ(found->at(0)->value, "2");
  EXPECT_EQ(found->at(1), nullptr);
  EXPECT_EQ(found->at(2)->value, "1");
  EXPECT_FALSE(cache_.find_many(0, {"a", "other"}));
  page_.set_version(0, SharedState::kChanging);
  page_.records().put(0, "a", record("3"));
  EXPECT_EQ(value(0, "a"), "3");
  EXPECT_FALSE(cache_.find_many(0, {"a", "b"})) << "b may be about to change too";
}

/// It may be of the version that comes, which others of the same transaction are not yet.
TEST_F(CacheTest, KeepsNothingWhileRecordsAreWritten) {
  cache_.keep(0, "k", 5, record("v"));
  page_.set_version(0, SharedState::kChanging);
  EXPECT_EQ(value(0, "k"), "-");
  page_.records().put(0, "k", record("w"));
  EXPECT_EQ(value(0, "k"), "w");
  EXPECT_EQ(cache_.bytes(), 0U);
}

TEST_F(CacheTest, SeesThatASharedRecordHasExpired) {
  const auto now = std::chrono::time_point_cast<milliseconds>(clock_.wall());
  page_.records().put(0, "k", record("v", now + milliseconds(10)));
  EXPECT_EQ(value(0, "k"), "v");
  page_.records().put(1, "k", record("v", now + milliseconds(10)));
  clock_.advance(milliseconds(10));
  EXPECT_EQ(value(0, "k"), "none");
  EXPECT_EQ(value(1, "k"), "none");
}

TEST_F(CacheTest, FindsNothingOfAnotherStoreChild) {
  page_.begin_epoch();
  page_.records().put(0, "k", record("v"));
  EXPECT_EQ(value(0, "k"), "-");
  cache_.begin_epoch(page_.epoch());
  EXPECT_EQ(value(0, "k"), "v");
}

TEST_F(CacheTest, KeepsMapsBesideKeys) {
  Cache::Map map{5,
                 std::make_shared<const std::vector<kv::Item>>(std::vector<kv::Item>{{"k", 1, record("v")}})};
  EXPECT_FALSE(cache_.find_map(0));
  cache_.keep_map(0, map);
  cache_.keep(0, "k", 5, record("v"));
  ASSERT_TRUE(cache_.find_map(0));
  EXPECT_EQ(cache_.find_map(0)->items, map.items);
  page_.set_version(0, 6);
  EXPECT_FALSE(cache_.find_map(0));
}

TEST_F(CacheTest, HoldsItsCapacity) {
  for (int i = 0; i < 100; ++i) cache_.keep(0, "k" + std::to_string(i), 5, record(std::string(500, 'x')));
  EXPECT_LE(cache_.bytes(), 10'000U);
  EXPECT_EQ(value(0, "k0"), "-");
  EXPECT_EQ(value(0, "k99").size(), 500U);
  EXPECT_EQ(value(0, "k98").size(), 500U);
  cache_.keep(0, "large", 5, record(std::string(20'000, 'x')));
  EXPECT_EQ(value(0, "large"), "-");
  EXPECT_EQ(value(0, "k99").size(), 500U) << "what is too large drives nothing out";
}

TEST(SharedState, IsForReadingOnlyInServingProcesses) {
  auto page = SharedState::create(3);
  ASSERT_TRUE(page);
  auto file = page->open_for_reading();
  ASSERT_TRUE(file);
  EXPECT_EQ(mmap(nullptr, 16, PROT_READ | PROT_WRITE, MAP_SHARED, file->fd(), 0), MAP_FAILED);
  auto reader = SharedState::open(std::move(*file), 3, SharedState::Access::kRead);
  ASSERT_TRUE(reader) << reader.error().message;
  page->set_version(2, 77);
  page->set_waiting(1, 1);
  EXPECT_EQ(reader->version(2), 77U);
  EXPECT_TRUE(reader->is_crowded(1));
  EXPECT_FALSE(reader->is_crowded(2));
}

/// Under a limit on the size of files, which holds for shared memory too.
TEST(SharedState, DoesWithoutRecordsWhereThereIsNoRoomForThem) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit low{1 << 20, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &low), 0);
  const auto before_signal = std::signal(SIGXFSZ, SIG_IGN);
  auto page = SharedState::create(3);
  std::signal(SIGXFSZ, before_signal);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_TRUE(page) << page.error().message;
  auto reader = SharedState::open(std::move(*page->open_for_reading()), 3, SharedState::Access::kRead);
  ASSERT_TRUE(reader) << reader.error().message;
  page->begin_epoch();
  page->set_version(2, 77);
  page->records().set_complete(2);
  page->records().put(2, "k", record("v"));
  EXPECT_EQ(reader->version(2), 77U);
  EXPECT_FALSE(reader->records().find(2, "k"));
}

TEST(SharedState, RefusesOtherMemory) {
  const auto page = SharedState::create(3);
  EXPECT_FALSE(SharedState::open(std::move(*page->open_for_reading()), 4, SharedState::Access::kRead));
  base::File unsealed(memfd_create("x", MFD_CLOEXEC));
  EXPECT_EQ(ftruncate(unsealed.fd(), 64), 0);
  EXPECT_FALSE(SharedState::open(std::move(unsealed), 3, SharedState::Access::kRead));
}

}  // namespace
}  // namespace wws::store
