#include "http/response.h"

#include <gtest/gtest.h>

namespace wws::http {
namespace {

TEST(Response, ReasonPhrases) {
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(reason_phrase(404), "Not Found");
  EXPECT_EQ(reason_phrase(431), "Request Header Fields Too Large");
  EXPECT_EQ(reason_phrase(299), "Unknown");
  EXPECT_EQ(reason_phrase(-1), "Unknown");
}

TEST(Response, StatusesWithoutBody) {
  for (const int status : {100, 103, 199, 204, 205, 304}) EXPECT_TRUE(is_bodyless(status)) << status;
  for (const int status : {200, 206, 300, 404, 500}) EXPECT_FALSE(is_bodyless(status)) << status;
  for (const int status : {100, 204, 304}) EXPECT_TRUE(ends_with_head(status)) << status;
  for (const int status : {200, 205, 404}) EXPECT_FALSE(ends_with_head(status)) << status;
}

}  // namespace
}  // namespace wws::http
