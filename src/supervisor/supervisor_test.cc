#include "supervisor/supervisor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "supervisor/cpus.h"
#include "supervisor/egress_message.h"
#include "supervisor/listening_socket.h"
#include "supervisor/modules_message.h"
#include "supervisor/telemetry_message.h"

namespace wws::supervisor {
namespace {

namespace fs = std::filesystem;

TEST(Channel, CarriesMessagesAndDescriptors) {
  auto pair = Channel::make();
  ASSERT_TRUE(pair);
  const base::File file(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const std::string large(3'000'000, 'x');
  std::thread sender([&] {
    EXPECT_TRUE(pair->ours.send(MessageType::kModules, "", {file.fd(), file.fd()}));
    EXPECT_TRUE(pair->ours.send(MessageType::kSite, large));
    EXPECT_TRUE(pair->ours.send(MessageType::kStop, ""));
  });
  auto first = pair->theirs.receive();
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->type, MessageType::kModules);
  ASSERT_EQ((*first)->descriptors.size(), 2U);
  EXPECT_EQ(fcntl((*first)->descriptors[0].fd(), F_GETFD), FD_CLOEXEC);
  auto second = pair->theirs.receive();
  ASSERT_TRUE(second && *second);
  EXPECT_EQ((*second)->payload, large);
  EXPECT_EQ((*pair->theirs.receive())->type, MessageType::kStop);
  sender.join();
}

/// An event loop had made the socket non-blocking; the payload came a moment after its header and was lost.
TEST(Channel, WaitsForTheRestOfAMessageOnANonBlockingSocket) {
  auto pair = Channel::make();
  ASSERT_TRUE(pair);
  for (const Channel* end : {&pair->ours, &pair->theirs}) fcntl(end->fd(), F_SETFL, O_NONBLOCK);
  const std::string large(3'000'000, 'x');
  std::thread sender([&] { EXPECT_TRUE(pair->ours.send(MessageType::kSite, large)); });
  const auto message = pair->theirs.receive();
  ASSERT_TRUE(message && *message);
  EXPECT_EQ((*message)->payload, large);
  sender.join();
}

TEST(Channel, SaysThatTheOtherEndIsGone) {
  auto pair = Channel::make();
  ASSERT_TRUE(pair);
  {
    const Channel gone = std::move(pair->ours);
  }
  const auto message = pair->theirs.receive();
  ASSERT_TRUE(message);
  EXPECT_FALSE(*message);
  EXPECT_FALSE(pair->theirs.send(MessageType::kReady, ""));
}

TEST(Channel, RefusesAMessageOfAnotherVersion) {
  auto pair = Channel::make();
  ASSERT_TRUE(pair);
  const ChannelHeader header = {0, ChannelHeader::kVersion + 1, 1, 0, 0};
  ASSERT_EQ(::send(pair->ours.fd(), &header, sizeof header, 0), 16);
  EXPECT_FALSE(pair->theirs.receive());
}

TEST(StoreMessage, ComesOutAsItWentIn) {
  const StoreMessage store{StoreKind::kMemory,   "/p/.wws/kv",      {"a", "é \""},
                           {1U << 20, 1U << 30}, log::Level::kWarn, {}};
  const auto read = parse_store(to_json(store));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_json(*read), to_json(store));
  EXPECT_EQ(read->spaces, store.spaces);
  EXPECT_EQ(read->quotas.total, store.quotas.total);
  EXPECT_FALSE(parse_store("{}"));

  StoreMessage remote{StoreKind::kRedis, "", {"a"}, {}, log::Level::kInfo, {}};
  remote.redis = {kv::RedisTopology::kSentinel,
                  kv::RedisTls::kOn,
                  {{"a", 1}, {"::1", 2}},
                  "main",
                  "u",
                  "p\"",
                  3,
                  "shop",
                  "PEM",
                  std::chrono::milliseconds(7),
                  8};
  const auto came = parse_store(to_json(remote));
  ASSERT_TRUE(came) << came.error().message;
  EXPECT_EQ(to_json(*came), to_json(remote));
  EXPECT_EQ(came->redis.hosts, remote.redis.hosts);
  EXPECT_EQ(came->redis.password, "p\"");
  EXPECT_FALSE(parse_store("nonsense"));
}

TEST(EgressMessage, ComesOutAsItWentIn) {
  EgressMessage egress;
  egress.grants = {{{"a.example", "[::1]:80"},
                    {"GET"},
                    true,
                    {std::chrono::seconds(1), std::chrono::seconds(2), std::chrono::seconds(3), 4, 5}},
                   {}};
  egress.listeners = {"127.0.0.1:80", ":::80"};
  egress.ca_file = "/ca";
  egress.client_certificate = "/c";
  egress.client_key = "/k";
  egress.files = "1 2 3";
  egress.client_certificate_hosts = {"x"};
  egress.proxy = "http://p:1";
  egress.http2 = false;
  egress.logging.level = log::Level::kWarn;
  const auto read = parse_egress(to_json(egress));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_json(*read), to_json(egress));
  EXPECT_EQ(read->grants[0].hosts, egress.grants[0].hosts);
  EXPECT_EQ(read->grants[0].limits, egress.grants[0].limits);
  EXPECT_TRUE(read->grants[0].allow_http);
  EXPECT_EQ(read->listeners, egress.listeners);
  for (const char* text : {"", "{}", "[]", "{\"grants\":1}"}) EXPECT_FALSE(parse_egress(text)) << text;
}

TEST(TelemetryMessage, ComesOutAsItWentIn) {
  TelemetryMessage message;
  message.settings.endpoint = "https://c.example/x";
  message.settings.headers = {{"a", "b"}, {"a", "c"}};
  message.settings.ca_file = "/ca";
  message.settings.ratio = 0.125;
  message.settings.metrics_interval = std::chrono::seconds(7);
  message.settings.resource = {{"service.name", "s"}};
  message.settings.version = "2";
  message.settings.began = base::WallTime(std::chrono::seconds(9));
  message.logging.level = log::Level::kWarn;
  const auto read = parse_telemetry(to_json(message));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_json(*read), to_json(message));
  EXPECT_EQ(read->settings.headers, message.settings.headers);
  EXPECT_EQ(read->settings.ratio, 0.125);
  EXPECT_EQ(read->settings.metrics_interval, std::chrono::seconds(7));
  EXPECT_EQ(read->settings.began, message.settings.began);
  for (const char* text : {"", "{}", "[]", "{\"endpoint\":1}"}) EXPECT_FALSE(parse_telemetry(text)) << text;
}

TEST(SiteMessage, ComesOutAsItWentIn) {
  SiteMessage site;
  site.root = "/p";
  site.prefix = "/x";
  site.url_form = config::UrlForm::kPath;
  site.detail = server::ErrorDetail::kShown;
  site.logging.level = log::Level::kWarn;
  site.instances = 7;
  site.connections_per_address = 8;
  site.body_bytes = 1U << 20;
  site.stop_seconds = 3;
  WorkerMessage worker{"a b/[é].wasm", {}, 5, true, 3, 4};
  worker.kv_bindings = {{"A", 3}, {"B", 0}};
  worker.config.fetch.emplace();
  worker.config.fetch->hosts = {"a.example"};
  worker.config.fetch->at_a_time = 2;
  worker.config.fetch->per_request = 7;
  worker.config.name = "n";
  worker.config.abi = config::WorkerAbi::kCgi;
  worker.config.vars = {{"A", "\"\n"}};
  worker.config.url_form = config::UrlForm::kFull;
  worker.config.limits.concurrency = 9;
  worker.config.limits.memory = std::uint64_t{1} << 32;
  site.workers = {worker, {}};
  const auto read = parse_site(to_json(site));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_json(*read), to_json(site));
  EXPECT_EQ(read->workers[0].file, worker.file);
  EXPECT_EQ(read->workers[0].kv_space, 3);
  EXPECT_EQ(read->workers[1].kv_space, std::nullopt);
  EXPECT_EQ(read->workers[0].kv_bindings, worker.kv_bindings);
  EXPECT_EQ(read->workers[0].fetch_grant, 4);
  EXPECT_EQ(read->workers[1].fetch_grant, std::nullopt);
  ASSERT_TRUE(read->workers[0].config.fetch);
  EXPECT_EQ(read->workers[0].config.fetch->at_a_time, 2U);
  EXPECT_EQ(read->workers[0].config.fetch->per_request, 7U);
  EXPECT_TRUE(read->workers[0].config.fetch->hosts.empty()) << "a serving process need not know";
  EXPECT_EQ(read->workers[0].config.abi, worker.config.abi);
  EXPECT_EQ(read->workers[0].config.vars, worker.config.vars);
  EXPECT_EQ(read->workers[0].module, 5U);
  EXPECT_TRUE(read->workers[0].takes_stream);
  EXPECT_EQ(read->workers[0].config.limits, worker.config.limits);
  for (const char* text : {"", "{}", "[]", "{\"root\":1}"}) EXPECT_FALSE(parse_site(text)) << text;
}

TEST(ModulesMessage, ComesOutAsItWentIn) {
  const std::vector<ModuleNews> news = {{3, {}}, {7, "no \"magic\"\n"}};
  const auto read = parse_modules(to_json(news));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0].number, 3U);
  EXPECT_EQ((*read)[0].error, std::nullopt);
  EXPECT_EQ((*read)[1].error, "no \"magic\"\n");
  for (const char* text : {"", "{}", "[1]", "[{}]"}) EXPECT_FALSE(parse_modules(text)) << text;
}

TEST(Backoff, DoublesFromNothingToTenSecondsAndForgetsAfterALongLife) {
  using std::chrono::milliseconds;
  Backoff backoff;
  const base::Duration shortly = milliseconds(5);
  EXPECT_EQ(backoff.next(shortly), milliseconds(0));
  EXPECT_EQ(backoff.next(shortly), milliseconds(100));
  EXPECT_EQ(backoff.next(shortly), milliseconds(200));
  for (int i = 0; i < 20; ++i) (void)backoff.next(shortly);
  EXPECT_EQ(backoff.next(shortly), std::chrono::seconds(10));
  EXPECT_EQ(backoff.next(std::chrono::minutes(1)), milliseconds(0));
}

class UsableCpus : public ::testing::Test {
 protected:
  UsableCpus() {
    std::string name = (fs::temp_directory_path() / "wws-cpus-XXXXXX").string();
    root_ = mkdtemp(name.data());
  }
  ~UsableCpus() override { fs::remove_all(root_); }
  void put(const fs::path& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  unsigned cpus() { return usable_cpus(root_, root_ / "self"); }
  fs::path root_;
};

TEST_F(UsableCpus, IsTheSmallestQuotaOnTheWayToTheRoot) {
  EXPECT_GE(cpus(), 1U);
  put("self", "0::/a/b\n");
  put("a/b/cpu.max", "max 100000\n");
  const unsigned all = cpus();
  put("a/cpu.max", "50000 100000\n");
  EXPECT_EQ(cpus(), 1U);
  put("a/cpu.max", "6400000 100000\n");
  EXPECT_EQ(cpus(), std::min(all, 64U));
  put("cpu.max", "100000 100000");
  EXPECT_EQ(cpus(), 1U);
}

TEST_F(UsableCpus, AndMemoryAreTheLeastOnTheWayToTheRoot) {
  put("self", "0::/a/b\n");
  const auto limit = [&] { return memory_limit(root_, root_ / "self"); };
  EXPECT_EQ(limit(), std::nullopt);
  put("a/b/memory.max", "max\n");
  EXPECT_EQ(limit(), std::nullopt);
  put("a/memory.max", "1048576\n");
  EXPECT_EQ(limit(), 1048576U);
  put("memory.max", "4096\n");
  EXPECT_EQ(limit(), 4096U);
}

TEST(ListeningSocket, TellsThePortItGotAndWhatIsInTheWay) {
  const auto first = listen_on("127.0.0.1", 0);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_NE(first->port, 0);
  EXPECT_EQ(first->host, "127.0.0.1");
  const auto second = listen_on("127.0.0.1", first->port);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("Address already in use"), std::string::npos)
      << second.error().message;
  const auto bad = listen_on("no.such.host.invalid", 0);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, ErrorCode::kIo);
}

TEST(ListeningSocket, WritesAnIpv6AddressAsUrlsDo) {
  const auto socket = listen_on("::1", 0);
  if (!socket) GTEST_SKIP() << socket.error().message;
  EXPECT_EQ(socket->host, "[::1]");
}

}  // namespace
}  // namespace wws::supervisor
