#include "egress/frame_kind.h"

#include <gtest/gtest.h>

#include <string>

namespace wws::egress {
namespace {

fetch::Request request() {
  fetch::Request request;
  request.method = "POST";
  request.url = "https://example.com/a?b";
  request.fields = {{"accept", "*/*"}, {"x", ""}};
  request.body = fetch::BodyForm::kStream;
  request.length = std::uint64_t{1} << 40;
  request.redirect = fetch::RedirectMode::kManual;
  request.loop = "wws";
  return request;
}

TEST(EgressFrames, ARequestIsReadBack) {
  std::string bytes;
  encode(request(), bytes);
  const auto read = decode_request(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->method, "POST");
  EXPECT_EQ(read->url, "https://example.com/a?b");
  EXPECT_EQ(read->fields, request().fields);
  EXPECT_EQ(read->body, fetch::BodyForm::kStream);
  EXPECT_EQ(read->length, std::uint64_t{1} << 40);
  EXPECT_EQ(read->redirect, fetch::RedirectMode::kManual);
  EXPECT_EQ(read->loop, "wws");
}

TEST(EgressFrames, NothingThatIsCutOrTooLongIsRead) {
  std::string bytes;
  encode(request(), bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_request(bytes.substr(0, size))) << size;
  EXPECT_FALSE(decode_request(bytes + "x"));
  fetch::Request many = request();
  many.fields.assign(kMostFields + 1, {"a", "b"});
  bytes.clear();
  encode(many, bytes);
  EXPECT_FALSE(decode_request(bytes));
}

TEST(EgressFrames, AnswersAreReadBack) {
  std::string bytes;
  encode(fetch::Head{404, "http://a/", {{"content-type", "text/plain"}}}, bytes);
  const auto head = decode_head(bytes);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 404);
  EXPECT_EQ(head->fields.size(), 1U);
  EXPECT_FALSE(decode_head(bytes.substr(1)));
  bytes.clear();
  encode(fetch::Refusal{fetch::Failure::kTls, "no"}, bytes);
  EXPECT_EQ(decode_refusal(bytes)->failure, fetch::Failure::kTls);
  bytes[0] = 99;
  EXPECT_FALSE(decode_refusal(bytes)) << "no such failure";
  bytes.clear();
  encode_count(7, bytes);
  EXPECT_EQ(decode_count(bytes), 7U);
  EXPECT_FALSE(decode_count(bytes + "x"));
}

}  // namespace
}  // namespace wws::egress
