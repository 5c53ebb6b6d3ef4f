// The embedded store: order and durability apart, bad disks, other processes, confinement.
#include "kv/embedded_store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "kv/faulty_vfs.h"
#include "kv/test_driver.h"

namespace wws::kv {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class EmbeddedStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    faults_.heal();
    faults_.folder = folder_.path();
    open();
  }
  void TearDown() override {
    faults_.hold_syncs = false;
    faults_.heal();
  }

  void open() {
    close();
    auto opened = try_open();
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
    ASSERT_TRUE(store_->start());
    driver_ = std::make_unique<TestDriver>(*store_);
    space_ = store_->open_namespace("test").value();
  }
  Result<std::unique_ptr<EmbeddedStore>> try_open() {
    return EmbeddedStore::open(folder_.path(), clock_,
                               {.cache_bytes = cache_, .gather = gather_, .vfs = kFaultyVfs});
  }
  void close() {
    driver_.reset();
    store_.reset();
  }

  Outcome ask(Request request) { return driver_->ask(space_, std::move(request)); }
  Failure failure(Request request) {
    const Outcome outcome = ask(std::move(request));
    EXPECT_FALSE(outcome);
    return outcome ? Failure::kConflict : outcome.error();
  }
  std::optional<std::string> get(std::string key, Visibility visibility = Visibility::kDurable) {
    const Outcome outcome = ask(Get{std::move(key), visibility});
    const RecordPtr record = body<Found>(outcome).record;
    if (!record) return std::nullopt;
    return record->value;
  }
  /// Commits from now on do not end until release().
  void hold() { faults_.hold_syncs = true; }
  void release() { faults_.hold_syncs = false; }
  /// For what the store does by itself after a while.
  void pass_time() {
    for (int i = 0; i < 20; ++i) {
      clock_.advance(milliseconds(200));
      store_->poll();
      ::usleep(1'000);
    }
  }
  /// Until the store writes again; the disk is well.
  void recover() {
    for (int i = 0; i < 10'000 && !ask(Put{"probe", "x"}); ++i) {
      clock_.advance(milliseconds(200));
      ::usleep(1'000);
    }
  }

  Faults& faults_ = faulty_vfs();
  base::ManualClock clock_;
  TestFolder folder_;
  std::size_t cache_ = std::size_t{32} << 20;
  base::Duration gather_{0};
  std::unique_ptr<EmbeddedStore> store_;
  std::unique_ptr<TestDriver> driver_;
  NamespaceId space_{};
};

TEST_F(EmbeddedStoreTest, KeepsWhatItHas) {
  const Version version = body<Written>(ask(Put{"a", "1"})).version;
  ask(Put{"t", "2", seconds(10)});
  const NamespaceId other = store_->open_namespace("other").value();
  driver_->ask(other, Put{"a", "other"});
  const auto before = store_->namespaces();
  open();
  EXPECT_EQ(get("a"), "1");
  EXPECT_EQ(get("t"), "2");
  EXPECT_EQ(body<Found>(ask(Get{"a"})).record->version, version);
  EXPECT_EQ(body<Found>(driver_->ask(store_->open_namespace("other").value(), Get{"a"})).record->value,
            "other");
  ASSERT_EQ(store_->namespaces().size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(store_->namespaces()[i].version, before[i].version);
    EXPECT_EQ(store_->namespaces()[i].bytes, before[i].bytes);
  }
  clock_.advance(seconds(10));
  EXPECT_EQ(get("t"), std::nullopt);
  EXPECT_GT(body<Written>(ask(Put{"a", "2"})).version, version + 1'000);
}

/// A group of one operation that took a while, and behind it one that waits for another.
class GatheringTest : public EmbeddedStoreTest {
 protected:
  void SetUp() override {
    gather_ = std::chrono::microseconds(1);
    open();
    for (int i = 0; i < 2; ++i) ask(Put{"before", "1"});  // and the log is long enough
  }
  std::shared_ptr<Answers> commit_for(base::Duration time) {
    hold();
    const auto first = driver_->submit(space_, Put{"first", "1"});
    store_->poll();
    auto second = driver_->submit(space_, Put{"second", "1"});
    clock_.advance(time);
    release();
    while (!first->durable) driver_->turn();
    return second;
  }
  bool waits_after(const Answers& answers, base::Duration time) {
    clock_.advance(time);
    for (int i = 0; i < 3; ++i) driver_->turn();
    return !answers.durable;
  }
  bool is_durable_after(const Answers& answers, base::Duration time) {
    clock_.advance(time);
    driver_->run_until_idle();
    return answers.durable && *answers.durable;
  }
};

TEST_F(GatheringTest, AGroupWaitsForThoseWhomTheLastOneAnswered) {
  const auto joined = commit_for(milliseconds(8));
  EXPECT_TRUE(waits_after(*joined, milliseconds(0)));
  const auto third = driver_->submit(space_, Put{"third", "1"});
  driver_->run_until_idle();
  EXPECT_TRUE(joined->durable && *joined->durable && third->durable && *third->durable);
}

TEST_F(GatheringTest, AsLongAsTheLastCommitTookThenHalfAsLong) {
  for (const int wait : {8, 4, 2}) {
    const auto left_alone = commit_for(milliseconds(8));
    EXPECT_TRUE(waits_after(*left_alone, milliseconds(wait - 1))) << wait;
    EXPECT_TRUE(is_durable_after(*left_alone, milliseconds(1))) << wait;
  }
}

TEST_F(GatheringTest, NeverForLongOnASlowDisk) {
  const auto left_alone = commit_for(seconds(8));
  EXPECT_TRUE(waits_after(*left_alone, milliseconds(9)));
  EXPECT_TRUE(is_durable_after(*left_alone, milliseconds(1)));
}

TEST_F(GatheringTest, ForTheWholeTimeAgainOnceSomebodyCame) {
  is_durable_after(*commit_for(milliseconds(8)), milliseconds(8));
  const auto joined = commit_for(milliseconds(8));
  driver_->submit(space_, Put{"third", "1"});
  driver_->run_until_idle();
  EXPECT_TRUE(joined->durable);
  clock_.advance(milliseconds(1));  // those two leave
  const auto left_alone = commit_for(milliseconds(8));
  EXPECT_TRUE(waits_after(*left_alone, milliseconds(7)));
  EXPECT_TRUE(is_durable_after(*left_alone, milliseconds(1)));
}

TEST_F(GatheringTest, OneAloneIsNotWaitedFor) {
  ask(Put{"alone", "1"});
  ask(Put{"alone", "2"});  // and the clock stands still
}

TEST_F(EmbeddedStoreTest, OrderedBeforeDurable) {
  ask(Put{"a", "old"});
  hold();
  const auto put = driver_->submit(space_, Put{"a", "new"});
  store_->poll();
  EXPECT_TRUE(put->ordered && *put->ordered);
  EXPECT_FALSE(put->durable);
  // Reads see what is durable, and do not wait; all others see the new one, and wait with it.
  EXPECT_EQ(get("a"), "old");
  const auto ordered = driver_->submit(space_, Get{"a", Visibility::kOrdered});
  const auto conflict = driver_->submit(space_, CompareAndSwap{"a", 1, "x"});
  const auto nothing = driver_->submit(space_, Transaction{});
  const auto number = driver_->submit(space_, Increment{"a"});
  store_->poll();
  EXPECT_EQ(body<Found>(*ordered->ordered).record->value, "new");
  EXPECT_EQ(number->ordered->error(), Failure::kNotANumber);
  for (const auto& answers : {ordered, conflict, nothing, number}) {
    EXPECT_TRUE(answers->ordered);
    EXPECT_FALSE(answers->durable);
  }
  release();
  driver_->run_until_idle();
  EXPECT_TRUE(put->durable && *put->durable);
  EXPECT_EQ(conflict->durable->error(), Failure::kConflict);
  EXPECT_TRUE(nothing->durable && *nothing->durable);
  EXPECT_EQ(get("a"), "new");
}

TEST_F(EmbeddedStoreTest, AHotKeyDoesNotRunAtTheSpeedOfTheDisk) {
  ask(Increment{"n"});
  hold();
  const std::int64_t before = faults_.syncs;
  std::vector<std::shared_ptr<Answers>> all;
  for (int i = 0; i < 1'000; ++i) {
    all.push_back(driver_->submit(space_, Increment{"n"}));
    store_->poll();
  }
  EXPECT_EQ(body<Incremented>(*all.back()->ordered).value, 1'001);
  EXPECT_EQ(get("n"), "1");
  release();
  driver_->run_until_idle();
  EXPECT_EQ(get("n"), "1001");
  EXPECT_LE(faults_.syncs - before, 6);
}

TEST_F(EmbeddedStoreTest, MapsAndPagesOfOrderedStateMergeMemoryAndFile) {
  cache_ = 0;  // so that the file is asked
  open();
  for (const char* key : {"a", "c", "e", "g"}) ask(Put{key, "file"});
  hold();
  driver_->submit(space_, Put{"b", "memory"});
  driver_->submit(space_, Put{"c", "memory"});
  driver_->submit(space_, Delete{"e"});
  driver_->submit(space_, Put{"h", "memory"});
  // Ordered, and not on its way to the disk yet.
  const auto list = driver_->submit(
      space_, List{.limit = 3, .content = PageContent::kRecords, .visibility = Visibility::kOrdered});
  const auto rest = driver_->submit(space_, List{.after = "c", .visibility = Visibility::kOrdered});
  const auto map = driver_->submit(space_, ReadNamespace{Visibility::kOrdered});
  release();
  driver_->run_until_idle();
  const auto text = [](const std::vector<Item>& items) {
    std::string all;
    for (const Item& item : items) all += item.key + (item.record ? "=" + item.record->value : "") + " ";
    return all;
  };
  EXPECT_EQ(text(body<Page>(*list->durable).items), "a=file b=memory c=memory ");
  EXPECT_EQ(body<Page>(*list->durable).next, "c");
  EXPECT_EQ(text(body<Page>(*rest->durable).items), "g h ");
  EXPECT_EQ(text(body<Map>(*map->durable).items), "a=file b=memory c=memory g=file h=memory ");
}

TEST_F(EmbeddedStoreTest, WhatNeedsTheFileWaitsWithoutHoldingUpTheOthers) {
  ask(Put{"cold", "1"});
  ask(Put{"hot", "1"});
  const NamespaceId other = store_->open_namespace("other").value();
  open();
  store_->open_namespace("other").value();
  get("hot");
  hold();
  driver_->submit(space_, Put{"hot", "2"});
  store_->poll();
  const auto cold = driver_->submit(space_, Get{"cold"});
  const auto first = driver_->submit(space_, Increment{"cold"});
  const auto second = driver_->submit(space_, Increment{"hot"});
  const auto elsewhere = driver_->submit(other, Put{"a", "1"});
  store_->poll();
  EXPECT_FALSE(cold->durable || first->ordered || second->ordered);
  EXPECT_TRUE(elsewhere->ordered);
  EXPECT_EQ(get("hot"), "1");
  release();
  driver_->run_until_idle();
  EXPECT_EQ(body<Found>(*cold->durable).record->value, "1");
  EXPECT_EQ(body<Incremented>(*first->durable).value, 2);
  EXPECT_EQ(body<Incremented>(*second->durable).value, 3);
  EXPECT_LT((*first->durable)->namespace_version, (*second->durable)->namespace_version);
}

TEST_F(EmbeddedStoreTest, AFailedGroupTakesAllThatWasOrderedAfterIt) {
  ask(Put{"a", "1"});
  const auto before = ask(Put{"b", "1"});
  hold();
  const auto put = driver_->submit(space_, Put{"a", "2"});
  store_->poll();
  const auto later = driver_->submit(space_, Put{"b", "2"});
  const auto read = driver_->submit(space_, Get{"b", Visibility::kOrdered});
  store_->poll();
  const Version lost = (*later->ordered)->namespace_version;
  faults_.syncs_to_fail = 1;  // the commit's, and not that of what takes its place
  release();
  driver_->run_until_idle();
  EXPECT_FALSE(*put->durable);
  EXPECT_FALSE(*later->durable);
  EXPECT_FALSE(*read->durable);
  EXPECT_NE(later->durable->error(), Failure::kUnknown);
  EXPECT_NE(read->durable->error(), Failure::kUnknown);
  EXPECT_EQ(get("a", Visibility::kOrdered), "1");
  EXPECT_EQ(get("b"), "1");
  recover();
  const Outcome again = ask(Put{"b", "3"});
  EXPECT_GT(again->namespace_version, lost);
  EXPECT_GT(again->namespace_version, before->namespace_version);
}

TEST_F(EmbeddedStoreTest, ADiskThatFailsAndHeals) {
  ask(Put{"a", "1"});
  for (int round = 0; round < 60; ++round) {
    (round % 2 == 0 ? faults_.writes_until_error : faults_.syncs_until_error) = round % 5;
    const std::string value = std::to_string(round);
    const Outcome outcome = ask(Put{"a", value});
    const Outcome second = ask(Put{"a", value + "+"});
    faults_.heal();
    recover();
    const auto found = get("a");
    if (second) {
      EXPECT_EQ(found, value + "+");
    } else if (outcome) {
      EXPECT_EQ(found, value);
    } else {
      EXPECT_NE(found, value);  // nothing of it without a restart, unless it was acknowledged
    }
    EXPECT_TRUE(ask(Put{"a", "healed"})) << round;
    EXPECT_EQ(get("a"), "healed");
  }
  open();
  EXPECT_EQ(get("a"), "healed");
}

TEST_F(EmbeddedStoreTest, UnknownUntilItsPlaceIsTaken) {
  ask(Put{"a", "1"});
  faults_.syncs_until_error = 0;
  EXPECT_EQ(failure(Put{"a", "2"}), Failure::kUnknown);
  EXPECT_EQ(failure(Put{"a", "3"}), Failure::kUnavailable);
  EXPECT_EQ(failure(Delete{"a"}), Failure::kUnavailable);
  EXPECT_EQ(get("a"), "1");
  EXPECT_EQ(get("a", Visibility::kOrdered), "1");
  faults_.heal();
  recover();
  EXPECT_EQ(get("a"), "1");
  EXPECT_TRUE(ask(Increment{"a"}));
  open();
  EXPECT_EQ(get("a"), "2");
}

TEST_F(EmbeddedStoreTest, AFullDiskTakesDeletesAndHeals) {
  const std::string large(100'000, 'x');
  for (int i = 0; i < 30; ++i) ask(Put{"k" + std::to_string(i), large});
  std::int64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    bytes += static_cast<std::int64_t>(entry.file_size());
  faults_.capacity = bytes;
  // The log may have some room left of its own.
  Outcome outcome;
  int done = 0;
  while (done < 200 && (outcome = ask(Put{"more" + std::to_string(done), large}))) ++done;
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error(), Failure::kDiskFull);
  EXPECT_EQ(failure(Put{"a", "1"}), Failure::kDiskFull);
  EXPECT_EQ(get("more" + std::to_string(done)), std::nullopt);
  EXPECT_EQ(get("k7"), large);
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(ask(Delete{"k" + std::to_string(i)})) << i;
  EXPECT_EQ(get("k7"), std::nullopt);
  faults_.heal();
  recover();
  EXPECT_TRUE(ask(Put{"a", "1"}));
  open();
  EXPECT_EQ(get("a"), "1");
  EXPECT_EQ(get("k7"), std::nullopt);
  for (int i = 0; i < done; ++i) EXPECT_EQ(get("more" + std::to_string(i)), large);
}

/// No file is opened any more: neither for writing, nor for moving the log, nor for a new namespace.
TEST_F(EmbeddedStoreTest, OpensNothingAfterItsStart) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const std::string value(50'000, 'x');
  bool all = true;
  for (int i = 0; i < 120; ++i) all = all && ask(Put{"k" + std::to_string(i), value, seconds(5)});
  clock_.advance(seconds(60));
  for (int i = 0; i < 50; ++i) {
    clock_.advance(milliseconds(100));
    store_->poll();
    ::usleep(1'000);
  }
  const auto other = store_->open_namespace("made later").value();
  all = all && driver_->ask(other, Put{"a", "1"});
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(all);
  open();
  EXPECT_EQ(body<Found>(driver_->ask(store_->open_namespace("made later").value(), Get{"a"})).record->value,
            "1");
}

TEST_F(EmbeddedStoreTest, MovesItsLogWhenIdle) {
  const auto log = folder_.path() / "kv.sqlite-wal";
  const std::string value(100'000, 'x');
  for (int i = 0; i < 60; ++i) ask(Put{"k" + std::to_string(i), value});
  EXPECT_LT(std::filesystem::file_size(folder_.path() / "kv.sqlite"), 5'000'000U);
  for (int i = 0; i < 100 && std::filesystem::file_size(folder_.path() / "kv.sqlite") < 6'000'000U; ++i)
    pass_time();
  EXPECT_GT(std::filesystem::file_size(folder_.path() / "kv.sqlite"), 5'000'000U);
  const auto size = std::filesystem::file_size(log);
  ask(Put{"a", "1"});
  EXPECT_EQ(std::filesystem::file_size(log), size);  // written from its start again
}

/// A commit that makes the file longer waits for the file system's journal too.
TEST_F(EmbeddedStoreTest, CommitsOverwriteWhatTheLogHas) {
  const auto log = folder_.path() / "kv.sqlite-wal";
  const auto size = std::filesystem::file_size(log);
  EXPECT_GE(size, 1U << 20);
  ASSERT_TRUE(ask(Put{"a", "1"}));
  EXPECT_EQ(std::filesystem::file_size(log), size);
  for (int i = 0; i < 15; ++i) ask(Put{"k" + std::to_string(i), std::string(100'000, 'x')});
  pass_time();
  const auto longer = std::filesystem::file_size(log);
  EXPECT_GT(longer, size);
  ASSERT_TRUE(ask(Put{"a", "2"}));
  EXPECT_EQ(std::filesystem::file_size(log), longer);
  open();
  EXPECT_EQ(get("a"), "2");
}

TEST_F(EmbeddedStoreTest, ALogThatCannotGrowTakesNoRoom) {
  const auto log = folder_.path() / "kv.sqlite-wal";
  close();
  std::int64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    bytes += static_cast<std::int64_t>(entry.file_size());
  faults_.capacity = bytes + 100'000;
  open();
  EXPECT_LT(std::filesystem::file_size(log), 100'000U);
  EXPECT_TRUE(ask(Put{"a", "1"}));
  faults_.heal();
  open();
  EXPECT_EQ(get("a"), "1");
}

TEST_F(EmbeddedStoreTest, ASmallCacheIsEnough) {
  cache_ = 10'000;
  open();
  for (int i = 0; i < 300; ++i)
    driver_->submit(space_, Put{"k" + std::to_string(i), std::string(1'000, 'x')});
  driver_->run_until_idle();
  for (int i = 0; i < 300; ++i) EXPECT_EQ(get("k" + std::to_string(i)), std::string(1'000, 'x'));
  EXPECT_EQ(body<Map>(ask(ReadNamespace{})).items.size(), 300U);
  EXPECT_EQ(body<Map>(ask(ReadNamespace{})).items.size(), 300U);
  EXPECT_EQ(body<Found>(ask(Get{"k299"})).record->value.size(), 1'000U);
}

TEST_F(EmbeddedStoreTest, OneAtATime) {
  const auto second = try_open();
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("in use by another process"), std::string::npos)
      << second.error().message;

  const pid_t child = ::fork();
  if (child == 0) {
    const auto opened = try_open();
    ::_exit(!opened && opened.error().message.find("in use") != std::string::npos ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(ask(Put{"a", "1"}));
}

/// Which had no metadata.
TEST_F(EmbeddedStoreTest, BringsAFileOfTheFirstFormatUpToDate) {
  close();
  std::filesystem::remove(folder_.path() / "kv.sqlite-wal");
  std::filesystem::remove(folder_.path() / "kv.sqlite");
  sqlite3* database = nullptr;
  sqlite3_open((folder_.path() / "kv.sqlite").c_str(), &database);
  const int made = sqlite3_exec(
      database,
      "CREATE TABLE store(id INTEGER PRIMARY KEY CHECK (id = 1), first_version INTEGER NOT NULL);"
      "INSERT INTO store VALUES (1, 5);"
      "CREATE TABLE ns(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, version INTEGER NOT NULL,"
      " bytes INTEGER NOT NULL);"
      "CREATE TABLE kv(id INTEGER PRIMARY KEY, ns INTEGER NOT NULL, key BLOB NOT NULL, version INTEGER NOT "
      "NULL,"
      " expires INTEGER NOT NULL, value BLOB NOT NULL);"
      "CREATE UNIQUE INDEX kv_key ON kv(ns, key);"
      "CREATE INDEX kv_expires ON kv(expires) WHERE expires > 0;"
      "INSERT INTO ns VALUES (1, 'test', 9, 67);"
      "INSERT INTO kv VALUES (1, 1, x'61', 9, 0, x'6f6c64');"
      "PRAGMA application_id=2004317035; PRAGMA user_version=1;",
      nullptr, nullptr, nullptr);
  sqlite3_close(database);
  ASSERT_EQ(made, SQLITE_OK);
  for (int opening = 0; opening < 2; ++opening) {
    open();
    const RecordPtr old = body<Found>(ask(Get{"a"})).record;
    ASSERT_TRUE(old);
    EXPECT_EQ(old->value, "old");
    EXPECT_EQ(old->version, 9U);
    EXPECT_EQ(old->metadata, "");
  }
  ask(Put{"a", "new", {}, PutCondition::kNone, "[1]"});
  open();
  EXPECT_EQ(body<Found>(ask(Get{"a"})).record->metadata, "[1]");
  EXPECT_EQ(body<Page>(ask(List{.content = PageContent::kMetadata})).items.at(0).record->metadata, "[1]");
}

TEST_F(EmbeddedStoreTest, RefusesWhatIsNotItsOwn) {
  const auto change = [&](const char* sql) {
    close();
    sqlite3* database = nullptr;
    sqlite3_open((folder_.path() / "kv.sqlite").c_str(), &database);
    sqlite3_exec(database, sql, nullptr, nullptr, nullptr);
    sqlite3_close(database);
    const auto opened = try_open();
    return opened ? std::string() : opened.error().message;
  };
  EXPECT_NE(change("PRAGMA user_version=3").find("has format 3, made by a newer wws"), std::string::npos);
  EXPECT_NE(change("PRAGMA user_version=2; PRAGMA application_id=7").find("of another program"),
            std::string::npos);
  ::truncate((folder_.path() / "kv.sqlite").c_str(), 0);
  std::filesystem::remove(folder_.path() / "kv.sqlite-wal");
  EXPECT_EQ(::truncate((folder_.path() / "kv.sqlite").c_str(), 5'000), 0);
  const auto opened = try_open();
  EXPECT_FALSE(opened);
}

/// A writer of its own process, killed at a random moment. It tells of each acknowledged write through a
/// pipe.
void kill_and_look(const std::filesystem::path& folder, unsigned seed, std::int64_t& expected) {
  const base::SystemClock clock;
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    auto opened = EmbeddedStore::open(folder, clock, {});
    if (!opened || !(*opened)->start()) ::_exit(1);
    Store& store = **opened;
    const NamespaceId space = store.open_namespace("test").value();
    TestDriver driver(store);
    while (true) {
      for (int i = 0; i < 8; ++i) {
        // Two keys in one transaction, and the number that is told.
        store.submit(space, Increment{"n"}, {{}, [&](const Outcome& outcome) {
                                               const std::int64_t value = body<Incremented>(outcome).value;
                                               if (::write(ends[1], &value, sizeof value) < 0) ::_exit(2);
                                             }});
        Transaction both;
        both.puts = {{"left", std::to_string(i), {}}, {"right", std::to_string(i), {}}};
        store.submit(space, both, {});
      }
      driver.run_until_idle();
    }
  }
  ::close(ends[1]);
  std::int64_t told = expected;
  const auto collect = [&] {
    std::int64_t value = 0;
    const bool more = ::read(ends[0], &value, sizeof value) == sizeof value;
    if (more) told = value;
    return more;
  };
  collect();  // it is at work
  ::usleep(seed % 20'000);
  ::kill(child, SIGKILL);
  while (collect()) {
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));

  auto opened = EmbeddedStore::open(folder, clock, {});
  ASSERT_TRUE(opened) << opened.error().message;
  ASSERT_TRUE((*opened)->start());
  TestDriver driver(**opened);
  const NamespaceId space = (*opened)->open_namespace("test").value();
  const auto read = [&](const char* key) {
    const Outcome outcome = driver.ask(space, Get{key});
    const RecordPtr record = body<Found>(outcome).record;
    return record ? record->value : std::string("0");
  };
  expected = std::stoll(read("n"));
  EXPECT_GE(expected, told);
  EXPECT_EQ(read("left"), read("right"));
}

void kill_cycles(int cycles) {
  const TestFolder folder;
  std::int64_t expected = 0;
  unsigned seed = 17;
  for (int i = 0; i < cycles && !testing::Test::HasFailure(); ++i) {
    seed = seed * 1'664'525U + 1'013'904'223U;
    kill_and_look(folder.path(), seed >> 8, expected);
  }
  EXPECT_GT(expected, cycles);
}

TEST(EmbeddedStoreKillTest, NoAcknowledgedWriteIsLost) { kill_cycles(20); }
TEST(EmbeddedStoreKillTest, LongNoAcknowledgedWriteIsLost) { kill_cycles(1'000); }

}  // namespace
}  // namespace wws::kv
