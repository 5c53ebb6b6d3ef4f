#include "cli/health.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <thread>

namespace wws::cli {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

/// A server for one request: keeps what it was asked, sends what it is given, and closes.
class OneAnswer {
 public:
  OneAnswer(const std::string& address, std::string answer)
      : acceptor_(context_, tcp::endpoint(asio::ip::make_address(address), 0)), answer_(std::move(answer)) {
    thread_ = std::thread([this] {
      boost::system::error_code error;
      tcp::socket socket = acceptor_.accept(error);
      asio::read_until(socket, asio::dynamic_buffer(request_), "\r\n\r\n", error);
      asio::write(socket, asio::buffer(answer_), error);
    });
  }
  ~OneAnswer() { join(); }
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;

  [[nodiscard]] std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }
  /// What was asked; waits for its end.
  const std::string& request() {
    join();
    return request_;
  }

 private:
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  asio::io_context context_;
  tcp::acceptor acceptor_;
  std::string answer_;
  std::string request_;
  std::thread thread_;
};

constexpr const char* kWell = "HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n";

Result<int> ask(const std::string& url) { return ask_server({url, 30s}); }

TEST(Health, WithoutAPathTheServerItselfIsAsked) {
  OneAnswer server("127.0.0.1", kWell);
  const std::string authority = "127.0.0.1:" + server.port();
  EXPECT_EQ(ask("http://" + authority), 204);
  EXPECT_EQ(server.request(), "OPTIONS * HTTP/1.1\r\nHost: " + authority +
                                  "\r\nUser-Agent: wws-health\r\nConnection: close\r\n\r\n");
}

TEST(Health, APathIsFetched) {
  for (const auto& [path, target] :
       {std::pair("/", "/"), std::pair("/a/b?c=d", "/a/b?c=d"), std::pair("?x", "/?x")}) {
    OneAnswer server("127.0.0.1", "HTTP/1.0 503 Service Unavailable\r\n\r\n");
    EXPECT_EQ(ask("http://127.0.0.1:" + server.port() + path), 503);
    EXPECT_TRUE(server.request().starts_with(std::string("GET ") + target + " HTTP/1.1\r\n"))
        << server.request();
  }
}

TEST(Health, AnIpv6AddressHasBrackets) {
  OneAnswer server("::1", kWell);
  EXPECT_EQ(ask("http://[::1]:" + server.port() + "/"), 204);
}

TEST(Health, WhatIsNoUrlIsRefused) {
  for (const char* url :
       {"", "127.0.0.1:8080", "https://127.0.0.1/", "http://", "http:///x", "http://:80/", "http://a b/",
        "http://user@host/", "http://host:99999/", "http://[::1/", "http://host/a b", "http://host/#x"}) {
    const auto answer = ask(url);
    ASSERT_FALSE(answer) << url;
    EXPECT_EQ(answer.error().code, ErrorCode::kBadUsage) << url;
    EXPECT_NE(answer.error().message.find("http://127.0.0.1:8080/"), std::string::npos);
  }
}

TEST(Health, WhatIsNoAnswerIsNone) {
  for (const char* text :
       {"", "\r\n", "SSH-2.0-server\r\n", "HTTP/1.1 2", "HTTP/1.1 abc\r\n", "HTTP/2 204 x\r\n"}) {
    OneAnswer server("127.0.0.1", text);
    const auto answer = ask("http://127.0.0.1:" + server.port());
    ASSERT_FALSE(answer) << text;
    EXPECT_EQ(answer.error().code, ErrorCode::kIo) << text;
  }
}

TEST(Health, WhereNobodyListensTheReasonIsSaid) {
  asio::io_context context;
  tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
  const std::string url = "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
  acceptor.close();
  const auto answer = ask(url);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, url + ": Connection refused");
}

TEST(Health, WhoDoesNotAnswerIsNotWaitedFor) {
  asio::io_context context;
  const tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
  const std::string url = "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
  const auto answer = ask_server({url, 20ms});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, url + ": no answer within 20ms");
}

}  // namespace
}  // namespace wws::cli
