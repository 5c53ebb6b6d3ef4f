#include "fetch/allow_list.h"

#include <gtest/gtest.h>

namespace wws::fetch {
namespace {

bool allows(std::string_view rule, std::string_view host, std::uint16_t port = 443) {
  const auto parsed = HostRule::parse(rule);
  EXPECT_TRUE(parsed) << rule << ": " << (parsed ? "" : parsed.error().message);
  return parsed && parsed->allows(host, port);
}

TEST(HostRule, AllowsANameOnEveryPortOrOnOne) {
  EXPECT_TRUE(allows("example.com", "example.com"));
  EXPECT_TRUE(allows("Example.COM.", "example.com", 8080));
  EXPECT_TRUE(allows("example.com:8443", "example.com", 8443));
  EXPECT_FALSE(allows("example.com:8443", "example.com", 443));
  for (const char* other :
       {"www.example.com", "example.com.evil.org", "xexample.com", "example.co", "com", ""}) {
    EXPECT_FALSE(allows("example.com", other)) << other;
  }
}

TEST(HostRule, AllowsNamesBelowAName) {
  EXPECT_TRUE(allows("*.example.com", "a.example.com"));
  EXPECT_TRUE(allows("*.example.com", "b.a.example.com"));
  EXPECT_TRUE(allows("*.example.com:8080", "a.example.com", 8080));
  for (const char* other :
       {"example.com", ".example.com", "aexample.com", "a.example.com.evil.org", "a.example.org"}) {
    EXPECT_FALSE(allows("*.example.com", other)) << other;
  }
}

TEST(HostRule, AllowsAnAddress) {
  EXPECT_TRUE(allows("192.0.2.1", "192.0.2.1"));
  EXPECT_TRUE(allows("192.0.2.1:80", "192.0.2.1", 80));
  EXPECT_FALSE(allows("192.0.2.1:80", "192.0.2.1", 81));
  EXPECT_TRUE(allows("[2001:db8::1]", "2001:db8::1"));
  EXPECT_TRUE(allows("2001:db8::1", "2001:db8:0::1"));
  EXPECT_TRUE(allows("[2001:db8::1]:80", "2001:db8::1", 80));
  EXPECT_TRUE(allows("::ffff:192.0.2.1", "192.0.2.1"));
  EXPECT_FALSE(allows("192.0.2.1", "192.0.2.2"));
}

TEST(HostRule, RefusesWhatIsNoHost) {
  for (const char* text : {"",
                           "https://example.com",
                           "example.com/path",
                           "*",
                           "*.",
                           "a.*.com",
                           "*a.com",
                           "**.com",
                           ".com",
                           "a..b",
                           "example.com:",
                           "example.com:0",
                           "example.com:65536",
                           "example.com:http",
                           "[::1",
                           "[example.com]",
                           "[::1]80",
                           "user@example.com",
                           "exa mple.com",
                           "example.com\n",
                           "bücher.de",
                           "127.1",
                           "0x7f.1",
                           "2130706433",
                           "1.2.3.4.5",
                           "a.0x7f"}) {
    const auto parsed = HostRule::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_FALSE(parsed.error().message.empty());
  }
}

AllowList list_of(std::vector<std::string> hosts) {
  AllowList list;
  for (const std::string& host : hosts) list.hosts.push_back(*HostRule::parse(host));
  return list;
}

TEST(AllowList, SaysWhatIsNotAllowed) {
  AllowList list = list_of({"example.com"});
  EXPECT_EQ(list.refuses("GET", "https", "example.com", 443), std::nullopt);
  EXPECT_NE(list.refuses("GET", "http", "example.com", 80)->find("allow_http"), std::string::npos);
  EXPECT_NE(list.refuses("GET", "ftp", "example.com", 21)->find("only http and https"), std::string::npos);
  EXPECT_NE(list.refuses("HEAD", "https", "example.com", 443)->find("allowed_methods"), std::string::npos);
  EXPECT_NE(list.refuses("get", "https", "example.com", 443)->find("allowed_methods"), std::string::npos);
  EXPECT_NE(list.refuses("GET", "https", "example.org", 443)->find("example.org:443 is not in allowed_hosts"),
            std::string::npos);
  list.allow_http = true;
  EXPECT_EQ(list.refuses("GET", "http", "example.com", 80), std::nullopt);
  EXPECT_NE(AllowList{}.refuses("GET", "https", "example.com", 443), std::nullopt) << "nothing by default";
}

/// A name of the list that leads to this machine or its network.
TEST(AllowList, RefusesAddressesThatAreNotPublicUnlessTheyAreWritten) {
  const auto loopback = *IpAddress::parse("127.0.0.1");
  EXPECT_EQ(list_of({"example.com"}).refuses("example.com", *IpAddress::parse("1.1.1.1"), 443), std::nullopt);
  EXPECT_NE(list_of({"example.com"}).refuses("example.com", loopback, 443), std::nullopt);
  EXPECT_NE(list_of({"localhost"}).refuses("localhost", loopback, 443), std::nullopt);
  EXPECT_NE(list_of({"127.0.0.2"}).refuses("127.0.0.1", loopback, 443), std::nullopt);
  EXPECT_EQ(list_of({"localhost:8080"}).refuses("localhost", loopback, 8080), std::nullopt);
  EXPECT_NE(list_of({"localhost:8080"}).refuses("localhost", loopback, 8081), std::nullopt);
  EXPECT_NE(list_of({"localhost:8080"}).refuses("localhost", *IpAddress::parse("10.0.0.1"), 8080),
            std::nullopt);
  EXPECT_EQ(list_of({"localhost", "127.0.0.1"}).refuses("localhost", loopback, 443), std::nullopt);
  EXPECT_EQ(list_of({"127.0.0.1:8080"}).refuses("127.0.0.1", loopback, 8080), std::nullopt);
  EXPECT_NE(list_of({"127.0.0.1:8080"}).refuses("127.0.0.1", loopback, 8081), std::nullopt);
}

}  // namespace
}  // namespace wws::fetch
