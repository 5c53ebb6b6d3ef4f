#include <gtest/gtest.h>

#include <boost/asio/ip/udp.hpp>
#include <chrono>
#include <set>

#include "egress/cares_resolver.h"
#include "egress/hosts_file.h"
#include "egress/name_cache.h"

namespace wws::egress {
namespace {
using boost::asio::ip::udp;

fetch::IpAddress address(const char* text) { return *fetch::IpAddress::parse(text); }

TEST(HostsFile, IsReadAsItsManualSays) {
  const HostsFile hosts(
      "# comment\n127.0.0.1 localhost\n\n10.0.0.1\tDB db.example # x\n::1 six\nnonsense name\n10.0.0.2 db");
  EXPECT_EQ(hosts.find("db"), (std::vector{address("10.0.0.1"), address("10.0.0.2")}));
  EXPECT_EQ(hosts.find("db.example"), std::vector{address("10.0.0.1")});
  EXPECT_EQ(hosts.find("six"), std::vector{address("::1")});
  EXPECT_TRUE(hosts.find("name").empty());
  EXPECT_EQ(HostsFile("10.0.0.1 localhost a.localhost").find("a.localhost"),
            (std::vector{address("127.0.0.1"), address("::1")}))
      << "whatever is written";
}

class Counting final : public Resolver {
 public:
  std::vector<Handler> asked;
  void resolve(const std::string& /*name*/, Handler handler) override { asked.push_back(std::move(handler)); }
};

TEST(NameCache, KeepsAnAnswerForItsLifetimeAndAsksOnceForAll) {
  base::ManualClock clock;
  Counting resolver;
  NameCache cache(resolver, clock);
  int answers = 0;
  const auto count = [&](const Resolver::Answer& answer) { answers += answer ? 1 : 100; };
  for (int i = 0; i < 3; ++i) cache.resolve("a", count);
  ASSERT_EQ(resolver.asked.size(), 1U);
  resolver.asked[0](Addresses{{address("1.1.1.1")}, std::chrono::seconds(30)});
  EXPECT_EQ(answers, 3);
  clock.advance(std::chrono::seconds(29));
  cache.resolve("a", count);
  EXPECT_EQ(answers, 4);
  clock.advance(std::chrono::seconds(1));
  cache.resolve("a", count);
  ASSERT_EQ(resolver.asked.size(), 2U);
  resolver.asked[1](std::unexpected(std::string("no such name")));
  EXPECT_EQ(answers, 104);
  cache.resolve("a", count);
  ASSERT_EQ(resolver.asked.size(), 3U) << "what failed is not kept";
  resolver.asked[2](Addresses{{address("1.1.1.1")}, std::chrono::hours(24)});
  clock.advance(NameCache::kLongest);
  cache.resolve("a", count);
  EXPECT_EQ(resolver.asked.size(), 4U);
}

/// A DNS server that knows what the test tells it: addresses by turns, and a chain of names.
class DnsStub {
 public:
  explicit DnsStub(boost::asio::io_context& context)
      : socket_(context, udp::endpoint(boost::asio::ip::address_v4::loopback(), 0)) {
    receive();
  }
  [[nodiscard]] std::string place() const {
    return "127.0.0.1:" + std::to_string(socket_.local_endpoint().port());
  }

  std::vector<std::string> addresses;  ///< of A questions, a new first one at each
  std::string alias;                   ///< what the name is another name of; one label
  std::set<std::string> asked;
  unsigned char code = 0;
  std::size_t at = 0;

 private:
  void receive() {
    socket_.async_receive_from(boost::asio::buffer(buffer_), from_, [this](auto error, std::size_t size) {
      if (error) return;
      boost::system::error_code ignored;
      socket_.send_to(boost::asio::buffer(answer(std::string(buffer_.data(), size))), from_, 0, ignored);
      receive();
    });
  }
  std::string answer(std::string packet) {
    std::string name;
    std::size_t i = 12;
    for (; packet[i] != 0; i += static_cast<std::size_t>(packet[i]) + 1)
      name += packet.substr(i + 1, static_cast<std::size_t>(packet[i])) + ".";
    asked.insert(name);
    const bool is_a = packet[i + 2] == 1;
    packet.resize(i + 5);
    packet[2] = static_cast<char>(0x81);
    packet[3] = static_cast<char>(0x80 | code);
    std::string records;
    char count = 0;
    std::string owner("\xc0\x0c", 2);
    if (code == 0 && !alias.empty()) {
      const std::string target =
          std::string(1, static_cast<char>(alias.size())) + alias + std::string(1, '\0');
      records += owner + std::string("\0\5\0\1\0\0\0\5\0", 9) + static_cast<char>(target.size()) + target;
      owner = target;
      ++count;
    }
    if (code == 0 && is_a && !addresses.empty()) {
      const auto bytes = address(addresses[at++ % addresses.size()].c_str());
      records += owner + std::string("\0\1\0\1\0\0\0\7\0\4", 10) +
                 std::string(reinterpret_cast<const char*>(bytes.bytes().data()), 4);
      ++count;
    }
    packet[7] = count;
    for (const int k : {6, 8, 9, 10, 11}) packet[static_cast<std::size_t>(k)] = 0;
    return packet + records;
  }

  udp::socket socket_;
  udp::endpoint from_;
  std::array<char, 1500> buffer_{};
};

class CaresResolverTest : public ::testing::Test {
 protected:
  CaresResolverTest()
      : stub_(context_),
        polls_(std::move(*PollSet::create(context_))),
        resolver_(
            std::move(*CaresResolver::create(context_, *polls_, {stub_.place(), "10.9.8.7 own.example\n"}))) {
  }

  Resolver::Answer resolve(const std::string& name) {
    std::optional<Resolver::Answer> answer;
    resolver_->resolve(name, [&](const Resolver::Answer& given) { answer = given; });
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!answer && std::chrono::steady_clock::now() < end) {
      context_.restart();
      context_.run_one_for(std::chrono::milliseconds(100));
    }
    return answer ? *answer : std::unexpected(std::string("it does not answer"));
  }

  boost::asio::io_context context_;
  DnsStub stub_;
  std::unique_ptr<PollSet> polls_;
  std::unique_ptr<CaresResolver> resolver_;
};

TEST_F(CaresResolverTest, AsksItsServersForTheNameAsItIs) {
  stub_.addresses = {"1.2.3.4", "127.0.0.1"};
  auto answer = resolve("name.example");
  ASSERT_TRUE(answer) << answer.error();
  EXPECT_EQ(answer->addresses, std::vector{address("1.2.3.4")});
  EXPECT_EQ(answer->lifetime.count(), 7);
  EXPECT_EQ(resolve("name.example")->addresses, std::vector{address("127.0.0.1")}) << "it is asked each time";
  EXPECT_EQ(resolve("single")->addresses, std::vector{address("1.2.3.4")});
  EXPECT_EQ(stub_.asked, (std::set<std::string>{"name.example.", "single."}));
}

TEST_F(CaresResolverTest, FollowsOtherNames) {
  stub_.addresses = {"10.0.0.1"};
  stub_.alias = "inside";
  EXPECT_EQ(resolve("outside.example")->addresses, std::vector{address("10.0.0.1")});
}

TEST_F(CaresResolverTest, SaysWhyThereIsNone) {
  stub_.code = 3;
  EXPECT_EQ(resolve("none.example").error(), "no such name");
  stub_.code = 0;
  EXPECT_EQ(resolve("empty.example").error(), "the name has no address");
}

TEST_F(CaresResolverTest, KnowsTheMachinesOwnNamesWithoutAsking) {
  EXPECT_EQ(resolve("own.example")->addresses, std::vector{address("10.9.8.7")});
  EXPECT_EQ(resolve("localhost")->addresses.size(), 2U);
  EXPECT_TRUE(stub_.asked.empty());
}

/// The process is to go while a name is being looked up.
TEST_F(CaresResolverTest, NobodyIsAnsweredAfterItsEnd) {
  resolver_->resolve("slow.example", [](const Resolver::Answer&) { FAIL(); });
  resolver_.reset();
  context_.run_for(std::chrono::milliseconds(20));
}

}  // namespace
}  // namespace wws::egress
