#include "server/request_id.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace wws::server {
namespace {

TEST(RequestId, IsTheClients) {
  base::Random random;
  RequestIds ids(random);
  http::Request request;
  request.fields = {{"Host", "t"}, {"X-Request-ID", "f3/a.b_c~1+2=3:4@5-6"}};
  EXPECT_TRUE(ids.name(request));
  EXPECT_EQ(request.id, "f3/a.b_c~1+2=3:4@5-6");
  EXPECT_EQ(request.fields.size(), 2u);
}

TEST(RequestId, IsNewWhereThereIsNone) {
  base::Random random;
  RequestIds ids(random);
  RequestIds others(random);
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    for (RequestIds* one : {&ids, &others}) {
      http::Request request;
      EXPECT_FALSE(one->name(request));
      EXPECT_TRUE(is_request_id(request.id)) << request.id;
      ASSERT_EQ(request.fields.size(), 1u);
      EXPECT_EQ(request.fields[0].name, "x-request-id");
      EXPECT_EQ(request.fields[0].value, request.id);
      EXPECT_TRUE(seen.insert(request.id).second);
    }
  }
}

// A worker must not find a name that the log does not have.
TEST(RequestId, TakesThePlaceOfOneThatIsNone) {
  base::Random random;
  RequestIds ids(random);
  const std::string longest(128, 'a');
  EXPECT_TRUE(is_request_id(longest));
  for (const std::string& bad : {std::string(), std::string("a b"), std::string("a\"b"), std::string("a<b"),
                                 std::string("\xc3\xa9"), longest + "a"}) {
    http::Request request;
    request.fields = {{"x-request-id", bad}};
    EXPECT_FALSE(ids.name(request)) << bad;
    ASSERT_EQ(request.fields.size(), 1u);
    EXPECT_EQ(request.fields[0].value, request.id);
  }
}

}  // namespace
}  // namespace wws::server
