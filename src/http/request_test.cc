#include "http/request.h"

#include <gtest/gtest.h>

namespace wws::http {
namespace {

TEST(TakeTarget, PathAndQuery) {
  Request request;
  request.host = "t";
  take_target("/a/./b?x=<1>", request);
  EXPECT_EQ(request.resource, Resource::kPath);
  EXPECT_EQ(request.target, "/a/./b?x=<1>");
  EXPECT_EQ(request.path, "/a/b");
  EXPECT_EQ(request.query, "x=%3C1%3E");
  EXPECT_TRUE(request.has_query);
  EXPECT_EQ(request.host, "t");
}

TEST(TakeTarget, TheAbsoluteFormNamesTheHost) {
  Request request;
  request.host = "t";
  take_target("http://u:80", request);
  EXPECT_EQ(request.resource, Resource::kPath);
  EXPECT_EQ(request.path, "/");
  EXPECT_FALSE(request.has_query);
  EXPECT_EQ(request.host, "u:80");
}

TEST(TakeTarget, TheServerAsAWhole) {
  Request request;
  take_target("*", request);
  EXPECT_EQ(request.resource, Resource::kServer);
  EXPECT_EQ(request.path, "");
}

// A path that cannot be normalised passed for the root.
TEST(TakeTarget, PathsThatNameNothing) {
  for (const auto* target : {"/%zz", "/%00", "/%ff", "/..", "/a/../..", "http://t/%", "/%2e%2e?x"}) {
    Request request;
    take_target("/before?x", request);
    take_target(target, request);
    EXPECT_EQ(request.resource, Resource::kNothing) << target;
    EXPECT_EQ(request.path, "") << target;
  }
}

}  // namespace
}  // namespace wws::http
