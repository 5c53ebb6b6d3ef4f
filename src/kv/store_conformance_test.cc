// What every store does alike. Each test runs on each of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <random>

#include "kv/embedded_store.h"
#include "kv/memory_store.h"
#include "kv/redis_store.h"
#include "kv/test_driver.h"
#include "kv/test_redis.h"

namespace wws::kv {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

enum class Backend { kMemory, kEmbedded, kRedis };

constexpr std::array kBackends = {
    Backend::kMemory,
    Backend::kEmbedded,
#ifndef __SANITIZE_THREAD__  // which does not see how threads of Rust wait for each other
    Backend::kRedis,
#endif
};

std::string backend_name(Backend backend) {
  switch (backend) {
    case Backend::kMemory:
      return "Memory";
    case Backend::kEmbedded:
      return "Embedded";
    case Backend::kRedis:
      return "Redis";
  }
  return {};
}

class StoreTest : public testing::TestWithParam<Backend> {
 protected:
  void SetUp() override { make({}); }

  void make(Quotas quotas) {
    driver_.reset();
    store_.reset();
    switch (GetParam()) {
      case Backend::kMemory:
        store_ = std::make_unique<MemoryStore>(clock_, quotas);
        break;
      case Backend::kEmbedded:
        take(EmbeddedStore::open(folder_.path(), clock_, {.quotas = quotas, .gather = base::Duration(0)}));
        break;
      case Backend::kRedis:
        take(RedisStore::open(redis_options(quotas), clock_));
        break;
    }
    driver_ = std::make_unique<TestDriver>(*store_);
    space_ = store_->open_namespace("test").value();
  }

  template <class Opened>
  void take(Result<std::unique_ptr<Opened>> opened) {
    ASSERT_TRUE(opened) << opened.error().message;
    ASSERT_TRUE((*opened)->start());
    store_ = std::move(*opened);
  }

  /// Each store has keys of its own.
  static RedisOptions redis_options(Quotas quotas) {
    static const TestRedis redis;
    static int stores = 0;
    RedisOptions options = redis.options();
    options.prefix = "test" + std::to_string(++stores);
    options.limit = seconds(20);  // machines that test are busy
    options.namespace_quota = quotas.per_namespace;
    return options;
  }

  Outcome ask(Request request) { return driver_->ask(space_, std::move(request)); }
  Failure failure(Request request) {
    const Outcome outcome = ask(std::move(request));
    EXPECT_FALSE(outcome);
    return outcome ? Failure::kUnknown : outcome.error();
  }

  Version put(std::string key, std::string value, std::optional<TimeToLive> ttl = {}) {
    return body<Written>(ask(Put{std::move(key), std::move(value), ttl})).version;
  }
  std::optional<std::string> get(std::string key) { return get(space_, std::move(key)); }
  std::optional<std::string> get(NamespaceId space, std::string key) {
    const Outcome outcome = driver_->ask(space, Get{std::move(key)});
    const RecordPtr record = body<Found>(outcome).record;
    if (!record) return std::nullopt;
    return record->value;
  }
  std::vector<std::string> keys(std::string prefix = {}, std::size_t page = 100) {
    std::vector<std::string> all;
    std::string after;
    do {
      const Outcome outcome = ask(List{.prefix = prefix, .after = after, .limit = page});
      for (const Item& item : body<Page>(outcome).items) all.push_back(item.key);
      after = body<Page>(outcome).next;
    } while (!after.empty());
    return all;
  }

  base::ManualClock clock_;
  TestFolder folder_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<TestDriver> driver_;
  NamespaceId space_{};
};

INSTANTIATE_TEST_SUITE_P(Stores, StoreTest, testing::ValuesIn(kBackends),
                         [](const auto& suite) { return backend_name(suite.param); });

TEST_P(StoreTest, PutGetDelete) {
  EXPECT_EQ(get("a"), std::nullopt);
  const Version first = put("a", "one");
  EXPECT_EQ(get("a"), "one");
  const Version second = put("a", "");
  EXPECT_GT(second, first);
  EXPECT_EQ(get("a"), "");
  EXPECT_GT(body<Deleted>(ask(Delete{"a"})).version, second);
  EXPECT_EQ(get("a"), std::nullopt);
  EXPECT_EQ(body<Deleted>(ask(Delete{"a"})).version, 0U);
}

TEST_P(StoreTest, RecordsCarryTheirVersion) {
  const Version a = put("a", "1");
  const Version b = put("b", "2");
  const Outcome found = ask(Get{"a"});
  EXPECT_EQ(body<Found>(found).record->version, a);
  EXPECT_EQ(found->namespace_version, b);
  EXPECT_EQ(store_->namespaces().front().version, b);
}

TEST_P(StoreTest, GetMany) {
  put("a", "1");
  put("c", "3");
  const Outcome outcome = ask(GetMany{{"a", "b", "c", "a"}});
  const auto& records = body<FoundMany>(outcome).records;
  ASSERT_EQ(records.size(), 4U);
  EXPECT_EQ(records[0]->value, "1");
  EXPECT_EQ(records[1], nullptr);
  EXPECT_EQ(records[2]->value, "3");
  EXPECT_EQ(records[3]->value, "1");
}

TEST_P(StoreTest, BinaryKeysAndValues) {
  const std::string zero("\0", 1);
  const std::vector<std::string> all = {
      zero, zero + zero, zero + "a", "a",    std::string("a\0b", 3),   "a\x7f",   "a\xff",
      "b",  "\x80",      "\xfe\xff", "\xff", std::string("\xff\0", 2), "\xff\xff"};
  for (const std::string& key : all) put(key, key + zero);
  for (const std::string& key : all) EXPECT_EQ(get(key), key + zero);
  EXPECT_EQ(keys(), all);
  EXPECT_EQ(keys({}, 1), all);
  EXPECT_EQ(keys("\xff"), (std::vector<std::string>{"\xff", std::string("\xff\0", 2), "\xff\xff"}));
  EXPECT_EQ(keys(zero), (std::vector<std::string>{zero, zero + zero, zero + "a"}));
  EXPECT_EQ(keys("a"), (std::vector<std::string>{"a", std::string("a\0b", 3), "a\x7f", "a\xff"}));
}

TEST_P(StoreTest, PutConditions) {
  EXPECT_EQ(failure(Put{"a", "x", {}, PutCondition::kPresent}), Failure::kConflict);
  EXPECT_TRUE(ask(Put{"a", "x", {}, PutCondition::kAbsent}));
  EXPECT_EQ(failure(Put{"a", "y", {}, PutCondition::kAbsent}), Failure::kConflict);
  EXPECT_TRUE(ask(Put{"a", "z", {}, PutCondition::kPresent}));
  EXPECT_EQ(get("a"), "z");
}

TEST_P(StoreTest, CompareAndSwap) {
  EXPECT_EQ(failure(CompareAndSwap{"a", 7, "x", {}}), Failure::kConflict);
  const Version first = body<Written>(ask(CompareAndSwap{"a", 0, "x", {}})).version;
  EXPECT_EQ(failure(CompareAndSwap{"a", 0, "y", {}}), Failure::kConflict);
  const Version second = body<Written>(ask(CompareAndSwap{"a", first, "y", {}})).version;
  EXPECT_EQ(failure(CompareAndSwap{"a", first, "z", {}}), Failure::kConflict);
  EXPECT_EQ(get("a"), "y");
  EXPECT_TRUE(ask(CompareAndSwap{"a", second, std::nullopt, {}}));
  EXPECT_EQ(get("a"), std::nullopt);
  EXPECT_EQ(body<Written>(ask(CompareAndSwap{"a", 0, std::nullopt, {}})).version, 0U);
}

TEST_P(StoreTest, VersionsAreNotUsedAgainAfterADelete) {
  const Version first = put("a", "x");
  ask(Delete{"a"});
  EXPECT_GT(put("a", "x"), first + 1);
  EXPECT_EQ(failure(CompareAndSwap{"a", first, "y", {}}), Failure::kConflict);
}

TEST_P(StoreTest, Increment) {
  EXPECT_EQ(body<Incremented>(ask(Increment{"n"})).value, 1);
  EXPECT_EQ(body<Incremented>(ask(Increment{"n", 41})).value, 42);
  EXPECT_EQ(body<Incremented>(ask(Increment{"n", -50})).value, -8);
  EXPECT_EQ(get("n"), "-8");
  put("n", std::to_string(std::numeric_limits<std::int64_t>::max()));
  EXPECT_EQ(failure(Increment{"n"}), Failure::kOverflow);
  EXPECT_EQ(body<Incremented>(ask(Increment{"n", 0})).value, std::numeric_limits<std::int64_t>::max());
  put("n", std::to_string(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(failure(Increment{"n", -1}), Failure::kOverflow);
}

TEST_P(StoreTest, IncrementOfSomethingElse) {
  for (const std::string value :
       {"", " 1", "1 ", "+1", "01", "-0", "1.0", "0x1", "9223372036854775808", "one"}) {
    put("n", value);
    EXPECT_EQ(failure(Increment{"n"}), Failure::kNotANumber) << value;
    EXPECT_EQ(get("n"), value);
  }
}

TEST_P(StoreTest, ListsInPages) {
  for (int i = 0; i < 25; ++i) put("k" + std::string(1, static_cast<char>('a' + i)), std::string(10, 'x'));
  put("j", "");
  put("l", "");
  const Outcome first = ask(List{.prefix = "k", .limit = 10, .content = PageContent::kRecords});
  EXPECT_EQ(body<Page>(first).items.size(), 10U);
  EXPECT_EQ(body<Page>(first).next, "kj");
  EXPECT_EQ(body<Page>(first).items.front().record->value, std::string(10, 'x'));
  EXPECT_EQ(keys("k", 10).size(), 25U);
  EXPECT_EQ(keys("k", 25).size(), 25U);
  EXPECT_EQ(keys("ky", 1), std::vector<std::string>{"ky"});
  EXPECT_TRUE(keys("kz").empty());
  EXPECT_TRUE(body<Page>(ask(List{.prefix = "k", .after = "l"})).items.empty());
}

TEST_P(StoreTest, APageOfLargeValuesEndsEarly) {
  for (const char key : {'a', 'b', 'c'}) put(std::string(1, key), std::string(kMaxValueBytes, key));
  const Outcome outcome = ask(List{.limit = 100, .content = PageContent::kRecords});
  EXPECT_EQ(body<Page>(outcome).items.size(), 1U);
  EXPECT_EQ(body<Page>(outcome).next, "a");
}

TEST_P(StoreTest, ReadNamespace) {
  put("b", "2");
  const Version version = put("a", "1");
  for (const Visibility visibility : {Visibility::kDurable, Visibility::kOrdered, Visibility::kDurable}) {
    const Outcome outcome = ask(ReadNamespace{visibility});
    EXPECT_EQ(outcome->namespace_version, version);
    ASSERT_EQ(body<Map>(outcome).items.size(), 2U);
    EXPECT_EQ(body<Map>(outcome).items[0].key, "a");
    EXPECT_EQ(body<Map>(outcome).items[1].record->value, "2");
  }
}

TEST_P(StoreTest, AMapUnderTheVersionOfItsNamespace) {
  put("a", "1");
  put("b", "2");
  const Version read = ask(ReadNamespace{})->namespace_version;
  Transaction change;
  change.namespace_version = read;
  change.puts = {{"a", "3", {}}, {"c", "4", {}}};
  change.deletes = {"b"};
  const Outcome done = ask(change);
  const Version version = body<Written>(done).version;
  EXPECT_GT(version, read);
  EXPECT_EQ(done->namespace_version, version);
  EXPECT_EQ(get("a"), "3");
  EXPECT_EQ(keys(), (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(body<Found>(ask(Get{"a"})).record->version, version);
  EXPECT_EQ(body<Found>(ask(Get{"c"})).record->version, version);
  EXPECT_EQ(failure(change), Failure::kConflict);
}

TEST_P(StoreTest, TransactionsAreAllOrNothing) {
  const Version a = put("a", "1");
  Transaction move;
  move.checks = {{"a", a}, {"b", 0}};
  move.puts = {{"b", "1", {}}};
  move.deletes = {"a"};
  EXPECT_TRUE(ask(move));
  EXPECT_EQ(keys(), std::vector<std::string>{"b"});
  EXPECT_EQ(failure(move), Failure::kConflict);
  EXPECT_EQ(get("b"), "1");
}

TEST_P(StoreTest, ATransactionsLastWordCounts) {
  Transaction transaction;
  transaction.puts = {{"a", "1", {}}, {"a", "2", {}}, {"b", "1", {}}};
  transaction.deletes = {"b", "none"};
  EXPECT_TRUE(ask(transaction));
  EXPECT_EQ(get("a"), "2");
  EXPECT_EQ(get("b"), std::nullopt);
  EXPECT_EQ(body<Written>(ask(Transaction{})).version, 0U);
}

TEST_P(StoreTest, WhatExpiresIsNeverSeen) {
  put("a", "1", seconds(10));
  put("b", "2", seconds(20));
  put("c", "3");
  clock_.advance(seconds(10) - milliseconds(1));
  EXPECT_EQ(get("a"), "1");
  clock_.advance(milliseconds(1));
  EXPECT_EQ(get("a"), std::nullopt);
  EXPECT_EQ(keys(), (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(body<Map>(ask(ReadNamespace{})).items.size(), 2U);
  EXPECT_EQ(body<Deleted>(ask(Delete{"a"})).version, 0U);
  EXPECT_TRUE(ask(CompareAndSwap{"a", 0, "new", {}}));
  EXPECT_EQ(get("a"), "new");
  put("b", "for ever");
  clock_.advance(seconds(100));
  EXPECT_EQ(get("b"), "for ever");
}

TEST_P(StoreTest, WhatHasExpiredIsRemoved) {
  for (int i = 0; i < 500; ++i) put("k" + std::to_string(i), "x", seconds(1 + i % 3));
  put("stays", "x");
  const std::uint64_t stays = cost("stays", 1);
  const Version version = store_->namespaces().front().version;
  clock_.advance(seconds(10));
  for (int i = 0; i < 1'000 && store_->namespaces().front().bytes != stays; ++i) {
    clock_.advance(milliseconds(10));
    driver_->turn();
    ask(ReadNamespace{Visibility::kOrdered});
  }
  EXPECT_EQ(store_->namespaces().front().bytes, stays);
  EXPECT_EQ(store_->namespaces().front().version, version);
  EXPECT_EQ(keys(), std::vector<std::string>{"stays"});
}

TEST_P(StoreTest, AnIncrementKeepsItsExpiry) {
  ask(Increment{"n", 1, seconds(10)});
  clock_.advance(seconds(6));
  EXPECT_EQ(body<Incremented>(ask(Increment{"n", 1, seconds(10)})).value, 2);
  clock_.advance(seconds(6));
  EXPECT_EQ(get("n"), std::nullopt);
  EXPECT_EQ(body<Incremented>(ask(Increment{"n", 1, seconds(10)})).value, 1);
}

/// Texts that a store could take for something else: metadata and values lie side by side in some.
TEST_P(StoreTest, MetadataAreOfTheirValue) {
  const std::vector<std::pair<std::string, std::string>> all = {
      {R"({"a":1})", "value"},    {"+3 xyz", "+3 xyz"}, {" ", "1 0 v"},
      {std::string("\0", 1), ""}, {"7", "7"},           {"", "+1 x"}};
  for (const auto& [metadata, value] : all) {
    ask(Put{"k", value, {}, PutCondition::kNone, metadata});
    const RecordPtr record = body<Found>(ask(Get{"k"})).record;
    EXPECT_EQ(record->value, value);
    EXPECT_EQ(record->metadata, metadata);
    EXPECT_EQ(body<FoundMany>(ask(GetMany{{"k"}})).records.at(0)->metadata, metadata);
    EXPECT_EQ(body<Map>(ask(ReadNamespace{})).items.at(0).record->metadata, metadata);
    EXPECT_EQ(body<Page>(ask(List{.content = PageContent::kRecords})).items.at(0).record->value, value);
    EXPECT_EQ(store_->namespaces().front().bytes, cost("k", value.size() + metadata.size()));
  }
}

TEST_P(StoreTest, MetadataGoWithTheirValue) {
  const auto metadata = [&] { return body<Found>(ask(Get{"n"})).record->metadata; };
  ask(Put{"n", "1", {}, PutCondition::kNone, "[1]"});
  const Version version = body<Incremented>(ask(Increment{"n"})).version;
  EXPECT_EQ(metadata(), "[1]");
  ask(CompareAndSwap{"n", version, "3", {}});
  EXPECT_EQ(metadata(), "");
  Transaction change;
  change.puts = {{"n", "4", seconds(10), "[4]"}, {"other", "", {}}};
  ask(change);
  EXPECT_EQ(metadata(), "[4]");
  EXPECT_EQ(body<Found>(ask(Get{"other"})).record->metadata, "");
  EXPECT_EQ(body<Incremented>(ask(Increment{"n"})).value, 5);
  EXPECT_EQ(metadata(), "[4]");
  clock_.advance(seconds(10));
  EXPECT_EQ(get("n"), std::nullopt);
  ask(Put{"n", "6"});
  EXPECT_EQ(metadata(), "");
}

TEST_P(StoreTest, ListsWithMetadataAndWithoutValues) {
  for (int i = 0; i < 5; ++i)
    ask(Put{"k" + std::to_string(i), std::string(kMaxValueBytes, 'v'), seconds(10 + i), PutCondition::kNone,
            i == 3 ? "" : "[" + std::to_string(i) + "]"});
  const Outcome outcome = ask(List{.limit = 4, .content = PageContent::kMetadata});
  const auto& items = body<Page>(outcome).items;
  ASSERT_EQ(items.size(), 4U);
  EXPECT_EQ(body<Page>(outcome).next, "k3");
  EXPECT_EQ(items[2].record->metadata, "[2]");
  EXPECT_EQ(items[3].record->metadata, "");
  for (std::size_t i = 0; i < items.size(); ++i) {
    EXPECT_EQ(items[i].record->value, "");
    EXPECT_EQ(items[i].record->version, items[i].version);
    EXPECT_EQ(*items[i].record->expiry,
              std::chrono::ceil<milliseconds>(clock_.wall()) + seconds(10 + static_cast<int>(i)));
  }
}

TEST_P(StoreTest, MetadataHaveALimit) {
  const std::string most(kMaxMetadataBytes, 'm');
  EXPECT_TRUE(ask(Put{"a", "", {}, PutCondition::kNone, most}));
  EXPECT_EQ(failure(Put{"a", "", {}, PutCondition::kNone, most + "m"}), Failure::kMetadataTooLarge);
  Transaction change;
  change.puts = {{"b", "", {}, most + "m"}};
  EXPECT_EQ(failure(change), Failure::kMetadataTooLarge);
  EXPECT_EQ(get("b"), std::nullopt);
  EXPECT_EQ(body<Found>(ask(Get{"a"})).record->metadata, most);
  ask(Delete{"a"});
  EXPECT_EQ(store_->namespaces().front().bytes, 0U);
}

TEST_P(StoreTest, LimitsHaveTheirOwnFailures) {
  const std::string long_key(kMaxKeyBytes + 1, 'k');
  const std::string large(kMaxValueBytes + 1, 'v');
  EXPECT_EQ(failure(Get{""}), Failure::kKeyEmpty);
  EXPECT_EQ(failure(Get{long_key}), Failure::kKeyTooLong);
  EXPECT_EQ(failure(GetMany{{"a", long_key}}), Failure::kKeyTooLong);
  EXPECT_EQ(failure(GetMany{std::vector<std::string>(kMaxKeysPerRead + 1, "a")}),
            Failure::kTooManyOperations);
  EXPECT_EQ(failure(List{.prefix = long_key}), Failure::kKeyTooLong);
  EXPECT_EQ(failure(List{.limit = 0}), Failure::kPageTooLarge);
  EXPECT_EQ(failure(List{.limit = kMaxPageKeys + 1}), Failure::kPageTooLarge);
  EXPECT_EQ(failure(Put{long_key, ""}), Failure::kKeyTooLong);
  EXPECT_EQ(failure(Put{"", ""}), Failure::kKeyEmpty);
  EXPECT_EQ(failure(Put{"a", large}), Failure::kValueTooLarge);
  EXPECT_EQ(failure(Put{"a", "", TimeToLive(0)}), Failure::kBadTimeToLive);
  EXPECT_EQ(failure(Put{"a", "", TimeToLive(-1)}), Failure::kBadTimeToLive);
  EXPECT_EQ(failure(Put{"a", "", TimeToLive::max()}), Failure::kBadTimeToLive);
  EXPECT_EQ(failure(Delete{long_key}), Failure::kKeyTooLong);
  EXPECT_EQ(failure(Increment{long_key}), Failure::kKeyTooLong);
  EXPECT_EQ(failure(Increment{"a", 1, TimeToLive(0)}), Failure::kBadTimeToLive);
  EXPECT_EQ(failure(CompareAndSwap{"a", 0, large, {}}), Failure::kValueTooLarge);
  Transaction many;
  many.deletes.assign(kMaxOperationsPerTransaction + 1, "a");
  EXPECT_EQ(failure(many), Failure::kTooManyOperations);
  Transaction heavy;
  heavy.puts.assign(9, {"a", std::string(kMaxValueBytes, 'v'), {}});
  EXPECT_EQ(failure(heavy), Failure::kTransactionTooLarge);
  Transaction bad;
  bad.checks = {{long_key, 0}};
  EXPECT_EQ(failure(bad), Failure::kKeyTooLong);
  EXPECT_EQ(driver_->ask(static_cast<NamespaceId>(4711), Get{"a"}).error(), Failure::kNoSuchNamespace);
  EXPECT_TRUE(keys().empty());

  EXPECT_TRUE(ask(Put{std::string(kMaxKeyBytes, 'k'), std::string(kMaxValueBytes, 'v')}));
  EXPECT_TRUE(ask(Put{"a", "", kMinTimeToLive}));
  EXPECT_TRUE(ask(Put{"a", "", kMaxTimeToLive}));
}

TEST_P(StoreTest, LargeRepliesAreRefused) {
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) {
    names.push_back(std::string(1, static_cast<char>('a' + i)));
    put(names.back(), std::string(kMaxValueBytes, 'x'));
  }
  EXPECT_EQ(failure(GetMany{names}), Failure::kReplyTooLarge);
  EXPECT_EQ(failure(ReadNamespace{}), Failure::kReplyTooLarge);
  EXPECT_EQ(failure(ReadNamespace{Visibility::kOrdered}), Failure::kReplyTooLarge);
}

TEST_P(StoreTest, QuotaOfANamespace) {
  make({.per_namespace = 1'000, .total = 10'000});
  put("a", std::string(500, 'x'));
  EXPECT_EQ(failure(Put{"b", std::string(500, 'x')}), Failure::kNamespaceQuota);
  EXPECT_TRUE(ask(Put{"a", std::string(800, 'x')}));
  EXPECT_EQ(failure(Put{"a", std::string(1'000, 'x')}), Failure::kNamespaceQuota);
  EXPECT_EQ(get("a")->size(), 800U);
  Transaction exchange;
  exchange.puts = {{"b", std::string(800, 'x'), {}}};
  exchange.deletes = {"a"};
  EXPECT_TRUE(ask(exchange));
  EXPECT_TRUE(ask(Delete{"b"}));
  EXPECT_EQ(store_->namespaces().front().bytes, 0U);
}

TEST_P(StoreTest, QuotaOfAll) {
  if (GetParam() == Backend::kRedis) GTEST_SKIP() << "all of Redis has the memory that Redis says";
  make({.per_namespace = 1'000, .total = 1'500});
  const NamespaceId other = store_->open_namespace("other").value();
  put("a", std::string(800, 'x'));
  EXPECT_EQ(driver_->ask(other, Put{"a", std::string(800, 'x')}).error(), Failure::kTotalQuota);
  ask(Delete{"a"});
  EXPECT_TRUE(driver_->ask(other, Put{"a", std::string(800, 'x')}));
}

TEST_P(StoreTest, Namespaces) {
  EXPECT_EQ(store_->open_namespace("test"), space_);
  const NamespaceId other = store_->open_namespace("other").value();
  EXPECT_NE(other, space_);
  put("a", "here");
  EXPECT_EQ(get(other, "a"), std::nullopt);
  EXPECT_EQ(driver_->ask(other, Get{"a"})->namespace_version, 0U);
  const auto name = [&](std::string_view text) { return store_->open_namespace(text); };
  EXPECT_EQ(name("").error(), Failure::kBadNamespaceName);
  EXPECT_EQ(name("a\nb").error(), Failure::kBadNamespaceName);
  EXPECT_EQ(name("\xff").error(), Failure::kBadNamespaceName);
  EXPECT_EQ(name(std::string(kMaxNamespaceNameBytes + 1, 'n')).error(), Failure::kBadNamespaceName);
  EXPECT_TRUE(name(std::string(kMaxNamespaceNameBytes, 'n')));
  EXPECT_TRUE(name("Zähler/1 ' OR 1=1 --"));
  EXPECT_EQ(store_->namespaces().size(), 4U);
}

TEST_P(StoreTest, PublishesBeforeItAcknowledges) {
  Version published = 0;
  std::vector<std::string> records;
  store_->set_publish({[&](NamespaceId id, std::string_view key, const RecordPtr& record) {
                         EXPECT_EQ(id, space_);
                         records.push_back(std::string(key) + (record ? "=" + record->value : " gone"));
                         EXPECT_TRUE(!record || record->version > published) << "the version comes after it";
                       },
                       [&](NamespaceId id, Version version) {
                         EXPECT_EQ(id, space_);
                         EXPECT_GT(version, published);
                         published = version;
                       }});
  bool told = false;
  store_->submit(space_, Put{"a", "1"}, {{}, [&](const Outcome& outcome) {
                                           told = true;
                                           EXPECT_EQ(published, body<Written>(outcome).version);
                                         }});
  driver_->run_until_idle();
  EXPECT_TRUE(told);
  ASSERT_TRUE(driver_->ask(space_, Delete{"a"}));
  ASSERT_TRUE(driver_->ask(space_, Delete{"a"}));
  Transaction transaction;
  transaction.puts = {{"b", "2", {}}, {"c", "3", {}}};
  ASSERT_TRUE(driver_->ask(space_, transaction));
  std::ranges::sort(records);
  EXPECT_EQ(records, store_->sharing() == Sharing::kAlone
                         ? (std::vector<std::string>{"a gone", "a=1", "b=2", "c=3"})
                         : std::vector<std::string>{});
}

TEST_P(StoreTest, OperationsOfANamespaceKeepTheirOrder) {
  std::vector<std::shared_ptr<Answers>> all;
  for (int i = 0; i < 500; ++i) {
    all.push_back(driver_->submit(space_, Increment{"n"}));
    all.push_back(driver_->submit(space_, Put{"k" + std::to_string(i % 7), std::to_string(i)}));
    if (i % 10 == 0) store_->poll();
  }
  const auto read = driver_->submit(space_, Get{"k3", Visibility::kOrdered});
  driver_->run_until_idle();
  Version last = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    ASSERT_TRUE(all[i]->durable && *all[i]->durable);
    EXPECT_EQ((*all[i]->durable)->namespace_version,
              last == 0 ? (last = (*all[i]->durable)->namespace_version) : ++last);
    if (i % 2 == 0) {
      EXPECT_EQ(body<Incremented>(*all[i]->durable).value, static_cast<std::int64_t>(i / 2 + 1));
    }
  }
  EXPECT_EQ(body<Found>(*read->durable).record->value, "493");
}

/// Random operations on one store and on a map that knows what they mean.
TEST_P(StoreTest, DoesWhatAMapDoes) {
  std::mt19937 random(1);  // NOLINT: the same run each time
  std::map<std::string, std::string> model;
  const auto number = [&](unsigned below) { return static_cast<unsigned>(random()) % below; };
  for (int i = 0; i < 3'000; ++i) {
    const std::string key(1 + number(2), static_cast<char>(number(6) * 51));
    switch (number(5)) {
      case 0:
      case 1:
        model[key] = std::to_string(i);
        ask(Put{key, std::to_string(i)});
        break;
      case 2:
        EXPECT_EQ(body<Deleted>(ask(Delete{key})).version != 0, model.erase(key) != 0);
        break;
      case 3: {
        const auto found = get(key);
        ASSERT_EQ(found.has_value(), model.contains(key));
        ASSERT_EQ(found.value_or(""), model.contains(key) ? model[key] : "");
        break;
      }
      default: {
        std::vector<std::string> expected;
        for (const auto& [k, v] : model) {
          if (k.starts_with(key)) expected.push_back(k);
        }
        ASSERT_EQ(keys(key, 1 + number(4)), expected);
      }
    }
  }
  std::uint64_t bytes = 0;
  for (const auto& [key, value] : model) bytes += cost(key, value.size());
  EXPECT_EQ(store_->namespaces().front().bytes, bytes);
}

/// Two namespaces, names and keys made to be mistaken for each other: what is written to one is never
/// seen in, nor changed from, the other.
void namespaces_cannot_be_left(Store& store, TestDriver& driver, int pairs) {
  std::mt19937 random(2);  // NOLINT: the same run each time
  const auto number = [&](unsigned below) { return static_cast<unsigned>(random()) % below; };
  const std::string bytes("\0\1\xff\x7f'\"%_:/\\{}ns12\n", 19);
  const auto text = [&](std::size_t most) {
    std::string made;
    for (std::size_t size = 1 + number(static_cast<unsigned>(most)); size > 0; --size)
      made += number(4) == 0 ? static_cast<char>(number(256)) : bytes[number(19)];
    return made;
  };
  std::vector<NamespaceId> spaces;
  for (const char* name : {"n", "ns", "ns1", "ns:1", "1", "2", "ns/", "a'--", "%", "_", "N"})
    spaces.push_back(store.open_namespace(name).value());
  std::size_t wrong = 0;
  int done = 0;
  while (done < pairs) {
    // As one batch: many pairs share a commit.
    std::vector<std::shared_ptr<Answers>> reads;
    std::vector<std::string> expected;
    std::map<std::pair<std::size_t, std::string>, std::string> model;
    for (int i = 0; i < 1'000; ++i, ++done) {
      const std::string key = text(6);
      const std::size_t a = number(11);
      const std::size_t b = (a + 1 + number(10)) % 11;
      const std::string mark = std::to_string(done);
      store.submit(spaces[a], Put{key, mark}, {});
      model[{a, key}] = mark;
      std::string gone = text(6);
      model.erase({b, gone});
      store.submit(spaces[b], Delete{std::move(gone)}, {});
      reads.push_back(driver.submit(spaces[b], Get{key, Visibility::kOrdered}));
      expected.push_back(mark);
      if (i % 100 == 0) reads.push_back(driver.submit(spaces[b], ReadNamespace{Visibility::kOrdered}));
      if (i % 100 == 0) expected.push_back(mark);
    }
    driver.run_until_idle();
    for (std::size_t i = 0; i < reads.size(); ++i) {
      if (!*reads[i]->durable) continue;
      const Reply& reply = reads[i]->durable->value();
      if (const auto* found = std::get_if<Found>(&reply.body)) {
        wrong += found->record && found->record->value == expected[i];
      } else {
        for (const Item& item : std::get<Map>(reply.body).items) wrong += item.record->value == expected[i];
      }
    }
    // Each namespace holds what was written to it, nothing else and nothing less. Empty it for the next
    // round.
    std::size_t held = 0;
    for (std::size_t space = 0; space < spaces.size(); ++space) {
      while (true) {
        const Outcome page =
            driver.ask(spaces[space], List{.limit = kMaxPageKeys, .content = PageContent::kRecords});
        Transaction erase;
        for (const Item& item : body<Page>(page).items) {
          const auto written = model.find({space, item.key});
          wrong += written == model.end() || written->second != item.record->value;
          erase.deletes.push_back(item.key);
        }
        held += erase.deletes.size();
        if (erase.deletes.empty()) break;
        driver.ask(spaces[space], erase);
      }
    }
    wrong += held != model.size();
    for (const NamespaceInfo& info : store.namespaces()) wrong += info.bytes != 0;
  }
  EXPECT_EQ(wrong, 0U);
}

TEST_P(StoreTest, NamespacesCannotBeLeft) {
  namespaces_cannot_be_left(*store_, *driver_, GetParam() == Backend::kRedis ? 20'000 : 100'000);
}
TEST_P(StoreTest, LongNamespacesCannotBeLeft) { namespaces_cannot_be_left(*store_, *driver_, 1'000'000); }

}  // namespace
}  // namespace wws::kv
