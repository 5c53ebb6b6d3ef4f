// What a store in Redis does when Redis, or the way to it, does not do what it should.
#include "kv/redis_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "kv/test_driver.h"
#include "kv/test_redis.h"

namespace wws::kv {
namespace {

#ifndef __SANITIZE_THREAD__  // which does not see how threads of Rust wait for each other

using std::chrono::milliseconds;
using std::chrono::seconds;
using SteadyClock = std::chrono::steady_clock;

/// A store with one namespace, and its event loop.
class Kv {
 public:
  explicit Kv(const RedisOptions& options) {
    auto opened = RedisStore::open(options, clock_);
    if (!opened) throw std::runtime_error(opened.error().message);
    store = std::move(*opened);
    if (auto started = store->start(); !started) throw std::runtime_error(started.error().message);
    driver.emplace(*store);
    space = store->open_namespace("test").value();
  }

  Outcome ask(Request request) { return driver->ask(space, std::move(request)); }
  Failure failure(Request request) {
    const Outcome outcome = ask(std::move(request));
    return outcome ? throw std::runtime_error("it was done") : outcome.error();
  }
  std::int64_t increment() { return body<Incremented>(ask(Increment{"n"})).value; }
  bool works() { return ask(Increment{"works"}).has_value(); }
  /// Until the problem is told, or for a while.
  bool says(std::string_view words) {
    return wait_until([&] {
      (void)ask(Get{"n"});
      return store->problem().find(words) != std::string::npos;
    });
  }

  base::SystemClock clock_;
  std::unique_ptr<RedisStore> store;
  std::optional<TestDriver> driver;
  NamespaceId space{};
};

/// As long as it takes on a machine that is busy with tests, where that is not what is tested.
RedisOptions patient(RedisOptions options) {
  options.limit = seconds(10);
  return options;
}

TEST(RedisStore, ComesUpWithARedisThatComesLater) {
  TestRedis redis;
  redis.stop();
  Kv kv(redis.options());
  EXPECT_TRUE(kv.says("refuses connections")) << kv.store->problem();
  EXPECT_EQ(kv.failure(Increment{"n"}), Failure::kUnavailable);
  redis.start();
  EXPECT_TRUE(wait_until([&] { return kv.works(); }));
}

TEST(RedisStore, IsBackWithinASecond) {
  TestRedis redis;
  Kv kv(redis.options());
  ASSERT_TRUE(wait_until([&] { return kv.works(); }));
  for (int round = 0; round < 3; ++round) {
    redis.stop();
    EXPECT_TRUE(wait_until([&] { return !kv.works(); }));
    redis.start();
    const auto since = SteadyClock::now();
    EXPECT_TRUE(wait_until([&] { return kv.works(); }));
    EXPECT_LT(SteadyClock::now() - since, seconds(1));
  }
}

TEST(RedisStore, KeepsWhatWasAnsweredOverAKill) {
  TestRedis redis;
  Kv kv(patient(redis.options()));
  for (int number = 1; number <= 20; ++number) {
    ASSERT_EQ(kv.increment(), number);
    if (number % 5 != 0) continue;
    redis.stop();
    redis.start();
    ASSERT_TRUE(wait_until([&] { return kv.ask(Get{"n"}).has_value(); }));
  }
}

TEST(RedisStore, SilenceIsUnknownAndThenRefusedAtOnce) {
  TestRedis redis;
  Kv kv(redis.options());
  ASSERT_TRUE(wait_until([&] { return kv.works(); }));
  redis.signal(SIGSTOP);
  auto since = SteadyClock::now();
  EXPECT_EQ(kv.failure(Increment{"n"}), Failure::kUnknown);
  EXPECT_GE(SteadyClock::now() - since, milliseconds(200));
  EXPECT_EQ(kv.failure(Get{"n"}), Failure::kUnavailable) << "a read that is not answered was not done";
  // The breaker: three in a row, and an attempt to connect that is not answered either.
  EXPECT_TRUE(wait_until([&] {
    since = SteadyClock::now();
    return kv.failure(Increment{"later"}) == Failure::kUnavailable &&
           SteadyClock::now() - since < milliseconds(100);
  }));
  redis.signal(SIGCONT);
  since = SteadyClock::now();
  EXPECT_TRUE(wait_until([&] { return kv.works(); }));
  EXPECT_LT(SteadyClock::now() - since, seconds(1));
  // What was unknown was done, by a Redis that woke up; and once.
  EXPECT_LE(kv.increment(), 2);
}

TEST(RedisStore, ASlowRedisMeetsTheTimeLimit) {
  TestRedis redis({"--enable-debug-command", "yes"});
  Kv kv(redis.options());
  ASSERT_TRUE(wait_until([&] { return kv.works(); }));
  std::thread sleeper([&] { (void)redis.command({"DEBUG", "SLEEP", "1"}); });
  EXPECT_TRUE(wait_until(
      [&] {
        const auto since = SteadyClock::now();
        const Outcome outcome = kv.ask(Increment{"n"});
        return !outcome && outcome.error() == Failure::kUnknown &&
               SteadyClock::now() - since < milliseconds(900);
      },
      seconds(1)));
  sleeper.join();
  EXPECT_TRUE(wait_until([&] { return kv.works(); }));
}

TEST(RedisStore, SaysWhyItCannotConnect) {
  TestRedis redis({"--requirepass", "secret"});
  Kv none(redis.options());
  EXPECT_TRUE(none.says("wants a password")) << none.store->problem();

  RedisOptions wrong = redis.options();
  wrong.password = "guess";
  Kv refused(wrong);
  EXPECT_TRUE(refused.says("refuses the user or the password")) << refused.store->problem();
  EXPECT_EQ(refused.store->problem().find("guess"), std::string::npos);

  RedisOptions right = patient(redis.options());
  right.password = "secret";
  EXPECT_TRUE(Kv(right).works());
}

TEST(RedisStore, WantsAPrimary) {
  const TestRedis primary;
  TestRedis replica({"--replicaof", "127.0.0.1 " + std::to_string(primary.port())});
  Kv kv(replica.options());
  EXPECT_TRUE(kv.says("is a replica, not a primary")) << kv.store->problem();
}

TEST(RedisStore, WantsToCallFunctions) {
  TestRedis redis;
  (void)redis.command({"ACL", "SETUSER", "small", "on", ">p", "~*", "+@read", "+@write"});
  RedisOptions options = redis.options();
  options.user = "small";
  options.password = "p";
  Kv kv(options);
  EXPECT_TRUE(kv.says("does not let this user call or load functions")) << kv.store->problem();
  // What docs/kv.md says that it needs.
  (void)redis.command({"ACL", "SETUSER", "wws", "on", ">p", "~wws:*", "+fcall", "+function|load", "+scan",
                       "+select", "+@hash", "+@sortedset", "+set", "+get", "+del", "+incrby"});
  options.user = "wws";
  options.limit = seconds(10);
  Kv enough(options);
  EXPECT_TRUE(enough.works()) << enough.store->problem();
  EXPECT_TRUE(enough.ask(Increment{"works", std::int64_t{1} << 60})) << enough.store->problem();
}

TEST(RedisStore, LoadsFunctionsThatAreGone) {
  TestRedis redis;
  Kv kv(patient(redis.options()));
  ASSERT_TRUE(kv.works());
  EXPECT_NE(redis.command({"FUNCTION", "FLUSH"}), "");
  EXPECT_TRUE(kv.works());
}

/// Servers of before, which know of no metadata, use the same records.
TEST(RedisStore, KeepsRecordsWithoutMetadataAsTheyWere) {
  TestRedis redis;
  Kv kv(patient(redis.options()));
  ASSERT_TRUE(kv.ask(Put{"new", "value"}));
  EXPECT_EQ(redis.command({"HGET", "wws:{test}:data", "new"}), "$9\r\n1 0 value\r\n");
  (void)redis.command({"HSET", "wws:{test}:data", "old", "1 0 +3 text"});
  (void)redis.command({"ZADD", "wws:{test}:names", "0", "old"});
  const RecordPtr old = body<Found>(kv.ask(Get{"old"})).record;
  ASSERT_TRUE(old);
  EXPECT_EQ(old->value, "+3 text");
  EXPECT_EQ(old->metadata, "");
  EXPECT_EQ(body<Page>(kv.ask(List{.content = PageContent::kMetadata})).items.size(), 2U);
  ASSERT_TRUE(kv.ask(Put{"old", "text", {}, PutCondition::kNone, "[1]"}));
  EXPECT_EQ(redis.command({"HGET", "wws:{test}:data", "old"}), "$13\r\n2 0+3 [1]text\r\n");
}

TEST(RedisStore, DeletingIsPossibleInAFullRedis) {
  TestRedis redis;
  Kv kv(patient(redis.options()));
  ASSERT_TRUE(kv.ask(Put{"a", std::string(100'000, 'x')}));
  (void)redis.command({"CONFIG", "SET", "maxmemory", "1000000"});
  Failure failure{};
  EXPECT_TRUE(wait_until([&] {
    const Outcome outcome = kv.ask(Put{"b", std::string(100'000, 'x')});
    if (!outcome) failure = outcome.error();
    return !outcome;
  }));
  EXPECT_EQ(failure, Failure::kTotalQuota);
  EXPECT_TRUE(kv.ask(Get{"a"}));
  EXPECT_NE(body<Deleted>(kv.ask(Delete{"a"})).version, 0U);
  Transaction erase;
  erase.deletes = {"b"};
  EXPECT_TRUE(kv.ask(erase));
}

TEST(RedisStore, FindsNamespacesByTheirNames) {
  TestRedis redis;
  const std::vector<std::string> names = {"a:{b}", "one", "wws:{one}:meta", "Zähler/1 ' OR 1=1 --", "%41"};
  {
    Kv kv(patient(redis.options()));
    for (const std::string& name : names)
      ASSERT_TRUE(kv.driver->ask(kv.store->open_namespace(name).value(), Put{name, "x"})) << name;
  }
  Kv kv(patient(redis.options()));
  std::optional<std::vector<std::string>> found;
  kv.store->find_namespaces([&](const auto& told) { found = told.value(); });
  ASSERT_TRUE(wait_until([&] {
    kv.store->poll();
    return found.has_value();
  }));
  EXPECT_EQ(std::set<std::string>(found->begin(), found->end()),
            std::set<std::string>(names.begin(), names.end()));
  for (const std::string& name : names) {
    const Outcome page = kv.driver->ask(kv.store->open_namespace(name).value(), List{});
    ASSERT_EQ(body<Page>(page).items.size(), 1U) << name;
    EXPECT_EQ(body<Page>(page).items.front().key, name);
  }
}

TEST(RedisStore, ServersShareANamespace) {
  TestRedis redis;
  Kv one(patient(redis.options()));
  Kv other(patient(redis.options()));
  for (int number = 1; number < 20; number += 2) {
    EXPECT_EQ(one.increment(), number);
    EXPECT_EQ(other.increment(), number + 1);
  }
  const Version read = one.ask(ReadNamespace{})->namespace_version;
  (void)other.increment();
  Transaction change;
  change.namespace_version = read;
  change.puts = {{"a", "1", {}}};
  EXPECT_EQ(one.failure(change), Failure::kConflict);
}

/// A certificate authority, and a certificate for 127.0.0.1 that it signed.
class Certificates {
 public:
  Certificates() {
    const auto openssl = [&](std::vector<std::string> words) {
      words.insert(words.begin(), "openssl");
      if (run_program(words) != 0) throw std::runtime_error("openssl makes no certificate");
    };
    std::ofstream(path("ext")) << "subjectAltName=IP:127.0.0.1\n";
    openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
             path("ca.key"), "-out", path("ca.crt"), "-days", "2", "-subj", "/CN=test", "-batch",
             "-verbose"});
    openssl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
             path("key"), "-out", path("csr"), "-subj", "/CN=127.0.0.1", "-batch", "-verbose"});
    openssl({"x509", "-req", "-in", path("csr"), "-CA", path("ca.crt"), "-CAkey", path("ca.key"),
             "-CAcreateserial", "-out", path("crt"), "-days", "2", "-extfile", path("ext")});
  }

  [[nodiscard]] std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  [[nodiscard]] std::string authority() const {
    std::ifstream file(path("ca.crt"));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// For a server that speaks TLS on this port too.
  [[nodiscard]] std::vector<std::string> options(std::uint16_t port) const {
    return {"--tls-port", std::to_string(port), "--tls-cert-file", path("crt"),          "--tls-key-file",
            path("key"),  "--tls-ca-cert-file", path("ca.crt"),    "--tls-auth-clients", "no"};
  }

 private:
  TestFolder folder_;
};

TEST(RedisStore, SpeaksTls) {
  const Certificates certificates;
  const std::uint16_t port = free_port();
  const TestRedis redis(certificates.options(port));
  RedisOptions options = patient(redis.options());
  options.hosts.front().port = port;
  options.tls = RedisTls::kOn;
  options.roots = certificates.authority();
  Kv kv(options);
  EXPECT_TRUE(kv.works()) << kv.store->problem();
  EXPECT_TRUE(kv.ask(Put{"large", std::string(kMaxValueBytes, 'x')}));
  EXPECT_EQ(body<Found>(kv.ask(Get{"large"})).record->value.size(), kMaxValueBytes);

  options.roots.clear();
  Kv stranger(options);
  EXPECT_TRUE(stranger.says("does not get on with TLS")) << stranger.store->problem();
}

/// Three primaries that have the slots among themselves.
class TestCluster {
 public:
  TestCluster() {
    for (auto& node : nodes_) {
      node = std::make_unique<TestRedis>(
          std::vector<std::string>{"--cluster-enabled", "yes", "--cluster-port", std::to_string(free_port()),
                                   "--cluster-node-timeout", "2000"});
    }
    int first = 0;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const int last = i + 1 == nodes_.size() ? 16383 : first + 5460;
      (void)nodes_[i]->command({"CLUSTER", "ADDSLOTSRANGE", std::to_string(first), std::to_string(last)});
      (void)nodes_[i]->command({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
      first = last + 1;
    }
    for (std::size_t i = 1; i < nodes_.size(); ++i) {
      (void)nodes_[0]->command(
          {"CLUSTER", "MEET", "127.0.0.1", std::to_string(nodes_[i]->port()), bus_port(*nodes_[i])});
    }
    const auto is_ok = [](const auto& node) {
      const std::string info = node->command({"CLUSTER", "INFO"});
      return info.find("cluster_state:ok") != std::string::npos &&
             info.find("cluster_known_nodes:3") != std::string::npos;
    };
    if (!wait_until([&] { return std::ranges::all_of(nodes_, is_ok); }))
      throw std::runtime_error("no cluster");
  }

  TestRedis& node(std::size_t i) { return *nodes_.at(i); }
  [[nodiscard]] RedisOptions options() const {
    RedisOptions options = patient(nodes_[0]->options());
    options.topology = RedisTopology::kCluster;
    return options;
  }
  static std::string id_of(const TestRedis& node) {
    const std::string answer = node.command({"CLUSTER", "MYID"});
    return answer.substr(answer.find('\n') + 1, 40);
  }

 private:
  static std::string bus_port(const TestRedis& node) {
    const std::string nodes = node.command({"CLUSTER", "NODES"});
    const std::size_t at = nodes.find('@') + 1;
    return nodes.substr(at, nodes.find_first_of(", ", at) - at);
  }

  std::array<std::unique_ptr<TestRedis>, 3> nodes_;
};

TEST(RedisStore, FindsTheNodesOfACluster) {
  TestCluster cluster;
  Kv kv(cluster.options());
  std::vector<NamespaceId> spaces;
  for (int i = 0; i < 30; ++i)
    spaces.push_back(kv.store->open_namespace("space" + std::to_string(i)).value());
  for (int round = 1; round <= 3; ++round) {
    for (const NamespaceId space : spaces) {
      const Outcome outcome = kv.driver->ask(space, Increment{"n"});
      ASSERT_TRUE(outcome) << name(outcome.error()) << " " << kv.store->problem();
      EXPECT_EQ(body<Incremented>(outcome).value, round);
    }
  }
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_NE(cluster.node(i).command({"DBSIZE"}), ":0\r\n") << "no namespace is on node " << i;
  std::optional<std::vector<std::string>> found;
  kv.store->find_namespaces([&](const auto& told) { found = told.value(); });
  ASSERT_TRUE(wait_until([&] {
    kv.store->poll();
    return found.has_value();
  }));
  EXPECT_EQ(found->size(), 30U);
}

TEST(RedisStore, FollowsASlotToAnotherNode) {
  TestCluster cluster;
  Kv kv(cluster.options());
  // "test" has a slot on one node; it goes to the next, with its keys.
  EXPECT_EQ(kv.increment(), 1);
  const std::string answer = cluster.node(0).command({"CLUSTER", "KEYSLOT", "{test}"});
  const std::string slot = answer.substr(1, answer.find('\r') - 1);
  const std::size_t from = static_cast<std::size_t>(std::stoi(slot)) / 5461;
  const std::size_t to = (from + 1) % 3;
  const std::string id_from = TestCluster::id_of(cluster.node(from));
  const std::string id_to = TestCluster::id_of(cluster.node(to));
  (void)cluster.node(to).command({"CLUSTER", "SETSLOT", slot, "IMPORTING", id_from});
  (void)cluster.node(from).command({"CLUSTER", "SETSLOT", slot, "MIGRATING", id_to});
  for (const char* part : {"meta", "data", "names"}) {
    EXPECT_EQ(cluster.node(from).command({"MIGRATE", "127.0.0.1", std::to_string(cluster.node(to).port()),
                                          std::string("wws:{test}:") + part, "0", "5000"}),
              "+OK\r\n");
  }
  // Keys of a function that are not there yet, or never were: neither node does it.
  EXPECT_EQ(kv.failure(Increment{"n"}), Failure::kUnavailable);
  for (std::size_t i : {to, from, (to + 1) % 3})
    (void)cluster.node(i).command({"CLUSTER", "SETSLOT", slot, "NODE", id_to});
  EXPECT_TRUE(wait_until([&] { return kv.works(); }));
  EXPECT_EQ(kv.increment(), 2);
}

TEST(RedisStore, FollowsSentinelsToTheNewPrimary) {
  TestRedis primary;
  const TestRedis replica({"--replicaof", "127.0.0.1 " + std::to_string(primary.port())});
  ASSERT_TRUE(wait_until([&] {
    return replica.command({"INFO", "replication"}).find("master_link_status:up") != std::string::npos;
  }));
  const TestFolder folder;
  const std::string file = (folder.path() / "sentinel.conf").string();
  std::ofstream(file) << "sentinel monitor main 127.0.0.1 " << primary.port() << " 1\n"
                      << "sentinel down-after-milliseconds main 300\nsentinel failover-timeout main 2000\n";
  const TestRedis sentinel(TestRedis::Program{{"redis-server", file, "--sentinel"}});
  ASSERT_TRUE(wait_until(
      [&] { return sentinel.command({"INFO", "sentinel"}).find("slaves=1") != std::string::npos; }));

  RedisOptions options = sentinel.options();
  options.topology = RedisTopology::kSentinel;
  options.primary = "main";
  options.hosts.insert(options.hosts.begin(), {"127.0.0.1", free_port()});  // one of them is gone
  Kv kv(options);
  ASSERT_TRUE(wait_until([&] { return kv.works(); })) << kv.store->problem();
  ASSERT_TRUE(wait_until([&] { return replica.command({"EXISTS", "wws:{test}:meta"}) == ":1\r\n"; }));
  primary.stop();
  EXPECT_TRUE(wait_until([&] { return !kv.works(); }));
  EXPECT_TRUE(wait_until([&] { return kv.works(); })) << kv.store->problem();
  EXPECT_GE(body<Incremented>(kv.ask(Increment{"works"})).value, 3)
      << "the new primary has what the old one had";
  options.primary = "other";
  Kv stranger(options);
  EXPECT_TRUE(stranger.says("knows no primary other")) << stranger.store->problem();
}

#endif

}  // namespace
}  // namespace wws::kv
