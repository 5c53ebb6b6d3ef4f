#include "abi/native_exchange.h"

#include <gtest/gtest.h>

#include <string>

namespace wws::abi {
namespace {

using namespace std::string_literals;

class NativeExchangeTest : public ::testing::Test {
 protected:
  NativeExchange exchange() {
    request_.id = "12-3";
    return NativeExchange({request_, "http://t/p?q", parameters_, vars_, 1000, operations_});
  }

  http::Request request_;
  Operations operations_{1};
  std::vector<std::pair<std::string, std::string>> parameters_ = {{"id", "7"}, {"rest", ""}};
  std::vector<std::pair<std::string, std::string>> vars_ = {{"greeting", "good day"}};
};

TEST_F(NativeExchangeTest, ListsAreLengthsAndBytes) {
  request_.fields = {{"X-A", "1"}, {"x-a", "22"}};
  auto one = exchange();
  EXPECT_EQ(one.headers(), "\3\0\0\0\1\0\0\0x-a1\3\0\0\0\2\0\0\0x-a22"s);
  EXPECT_EQ(one.parameters(), "\2\0\0\0\1\0\0\0id7\4\0\0\0\0\0\0\0rest"s);
  EXPECT_EQ(one.vars(), "\10\0\0\0\10\0\0\0greetinggood day"s);
  EXPECT_EQ(one.headers(), "\3\0\0\0\1\0\0\0x-a1\3\0\0\0\2\0\0\0x-a22"s);
}

TEST_F(NativeExchangeTest, JoinsHeadersOfOneName) {
  request_.fields = {{"A", "1"}, {"Cookie", "x=1"}, {"a", "2"}, {"cookie", "y=2"}, {"b", "only"}};
  auto one = exchange();
  EXPECT_EQ(one.header("a"), "1, 2");
  EXPECT_EQ(one.header("COOKIE"), "x=1; y=2");
  EXPECT_EQ(one.header("B"), "only");
  EXPECT_EQ(one.header("c"), std::nullopt);
}

TEST_F(NativeExchangeTest, FieldsOfTheRequest) {
  request_.method = "PUT";
  request_.path = "/p";
  request_.peer = "::1";
  auto one = exchange();
  EXPECT_EQ(one.field(RequestField::kMethod), "PUT");
  EXPECT_EQ(one.field(RequestField::kUrl), "http://t/p?q");
  EXPECT_EQ(one.field(RequestField::kPath), "/p");
  EXPECT_EQ(one.field(RequestField::kQuery), std::nullopt);
  EXPECT_EQ(one.field(RequestField::kPeer), "::1");
  EXPECT_EQ(one.field(RequestField::kId), "12-3");
}

TEST_F(NativeExchangeTest, ABodyThatIsThereIsReadInPieces) {
  request_.body = "abcde";
  auto one = exchange();
  EXPECT_FALSE(one.wants_body());
  EXPECT_EQ(one.read_body(2), "ab");
  EXPECT_EQ(one.read_body(0), "");
  EXPECT_EQ(one.read_body(9), "cde");
  EXPECT_EQ(one.read_body(9), "");
  EXPECT_EQ(operations_.ready_at(0), base::Instant::min());
}

TEST_F(NativeExchangeTest, ABodyArrivesWhileItIsRead) {
  request_.body = "a";
  request_.body_follows = true;
  auto one = exchange();
  EXPECT_EQ(one.read_body(9), "a");
  EXPECT_EQ(one.read_body(9).error(), NativeError::kAgain);
  EXPECT_EQ(operations_.ready_at(0), base::Instant::max());
  ASSERT_TRUE(one.wants_body());
  one.give_body("bc");
  EXPECT_EQ(operations_.ready_at(0), base::Instant::min());
  EXPECT_EQ(one.read_body(1), "b");
  one.give_body(std::string(NativeExchange::kWindow, 'x'));
  EXPECT_FALSE(one.wants_body());  // until it is read
  EXPECT_EQ(one.read_body(1), "c");
  EXPECT_EQ(one.read_body(1 << 20)->size(), NativeExchange::kWindow);
  EXPECT_TRUE(one.wants_body());
  one.end_body();
  EXPECT_EQ(one.read_body(9), "");
  EXPECT_FALSE(one.wants_body());
}

TEST_F(NativeExchangeTest, AClientThatLeavesClosesBothBodies) {
  request_.body_follows = true;
  auto one = exchange();
  one.give_body("last");
  one.close();
  EXPECT_FALSE(one.wants_body());
  EXPECT_EQ(one.read_body(9), "last");
  EXPECT_EQ(one.read_body(9).error(), NativeError::kClosed);
  EXPECT_EQ(one.write_body("x").error(), NativeError::kClosed);
  EXPECT_EQ(operations_.ready_at(0), base::Instant::min());
  EXPECT_EQ(operations_.ready_at(1), base::Instant::min());
}

TEST_F(NativeExchangeTest, TheAnswerIsHeldUpToTheWindow) {
  NativeExchange one({request_, "", {}, {}, 10 * NativeExchange::kWindow, operations_});
  const std::string large(NativeExchange::kWindow + 1, 'x');
  EXPECT_EQ(one.write_body("ab"), 2U);
  EXPECT_EQ(one.write_body(large), NativeExchange::kWindow - 2);
  EXPECT_EQ(one.write_body("c").error(), NativeError::kAgain);
  EXPECT_EQ(operations_.ready_at(1), base::Instant::max());
  std::string taken;
  one.take_output(taken);
  EXPECT_EQ(taken.size(), NativeExchange::kWindow);
  EXPECT_EQ(operations_.ready_at(1), base::Instant::min());
  EXPECT_EQ(one.write_body("c"), 1U);
  EXPECT_EQ(one.set_status(404), NativeError::kState);  // its head was there for the taking
  EXPECT_EQ(std::get<std::string>(one.take_rest().body), "c");
}

TEST_F(NativeExchangeTest, TheLimitOnOutputCountsAllOfIt) {
  auto one = exchange();
  EXPECT_EQ(one.write_body(std::string(999, 'x')), 999U);
  std::string taken;
  one.take_output(taken);
  EXPECT_EQ(one.write_body("yy").error(), NativeError::kLimit);
  EXPECT_EQ(one.write_body("y"), 1U);
  EXPECT_EQ(one.write_body("z").error(), NativeError::kLimit);
}

TEST_F(NativeExchangeTest, NothingComesAfterTheEnd) {
  auto one = exchange();
  EXPECT_EQ(one.set_status(201), std::nullopt);
  EXPECT_EQ(one.add_header("X-A", " 1\t"), std::nullopt);
  EXPECT_EQ(one.finish(), std::nullopt);
  EXPECT_EQ(one.finish(), NativeError::kState);
  EXPECT_EQ(one.write_body("x").error(), NativeError::kState);
  EXPECT_EQ(one.add_header("x-b", "1"), NativeError::kState);
  const http::Response answer = one.take_rest();
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.fields, (std::vector<http::Field>{{"x-a", "1"}}));
}

}  // namespace
}  // namespace wws::abi
