#include "http/chunked.h"

#include <gtest/gtest.h>

namespace wws::http {
namespace {

using Status = ChunkedDecoder::Status;

struct Outcome {
  Status status = Status::kMore;
  std::size_t consumed = 0;
  std::string body;
};

enum class Pieces { kWhole, kBytes };

Outcome decode(std::string_view input, Pieces pieces, std::uint64_t limit) {
  ChunkedDecoder decoder;
  Outcome outcome;
  const std::size_t step = pieces == Pieces::kWhole ? input.size() : 1;
  while (outcome.status == Status::kMore && outcome.consumed < input.size()) {
    const auto progress = decoder.decode(input.substr(outcome.consumed, step), outcome.body, limit);
    outcome.status = progress.status;
    outcome.consumed += progress.consumed;
  }
  return outcome;
}

/// Decodes at once and byte by byte, which must agree.
Outcome decode(std::string_view input, std::uint64_t limit = 1000) {
  const auto whole = decode(input, Pieces::kWhole, limit);
  const auto bytes = decode(input, Pieces::kBytes, limit);
  EXPECT_EQ(whole.status, bytes.status) << input;
  EXPECT_EQ(whole.consumed, bytes.consumed) << input;
  EXPECT_EQ(whole.body, bytes.body) << input;
  return whole;
}

void expect_body(std::string_view input, std::string_view body) {
  const auto outcome = decode(input);
  EXPECT_EQ(outcome.status, Status::kDone) << input;
  EXPECT_EQ(outcome.consumed, input.size()) << input;
  EXPECT_EQ(outcome.body, body) << input;
}

TEST(Chunked, DecodesChunks) {
  expect_body("0\r\n\r\n", "");
  expect_body("5\r\nhello\r\n0\r\n\r\n", "hello");
  expect_body("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "hello");
  expect_body("00a\r\n0123456789\r\nA\r\n0123456789\r\n000\r\n\r\n", "01234567890123456789");
  expect_body("0000000000000001\r\n\n\r\n0\r\n\r\n", "\n");
}

TEST(Chunked, SkipsExtensions) {
  expect_body("5;a=b;c=\"d;e\"\r\nhello\r\n0;x\r\n\r\n", "hello");
  expect_body("5 \t; a = b\r\nhello\r\n0\r\n\r\n", "hello");
}

TEST(Chunked, DropsTrailers) { expect_body("1\r\na\r\n0\r\nX-T: 1\r\nY:\r\nZ: \xc3\xa9\t\r\n\r\n", "a"); }

TEST(Chunked, LeavesTheNextRequest) {
  const auto outcome = decode("1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n");
  EXPECT_EQ(outcome.status, Status::kDone);
  EXPECT_EQ(outcome.consumed, std::string_view("1\r\na\r\n0\r\n\r\n").size());
}

TEST(Chunked, StaysDone) {
  ChunkedDecoder decoder;
  std::string body;
  EXPECT_EQ(decoder.decode("0\r\n\r\n", body, 10).status, Status::kDone);
  const auto again = decoder.decode("5\r\n", body, 10);
  EXPECT_EQ(again.status, Status::kDone);
  EXPECT_EQ(again.consumed, 0U);
  decoder.reset();
  EXPECT_EQ(decoder.decode("5\r\n", body, 10).status, Status::kMore);
}

TEST(Chunked, RefusesBadSizes) {
  for (const auto* input :
       {"\r\nhello\r\n0\r\n\r\n", "-5\r\nhello", "+5\r\nhello", "0x5\r\nhello", " 5\r\nhello", "0_5\r\nhello",
        "g\r\n", "5\nhello\n0\n\n", "5\rhello", "5 \r\nhello", "5 5\r\nhello", "10000000000000005\r\nhello",
        "00000000000000001\r\na", ";a\r\n", "5,\r\nhello"}) {
    EXPECT_EQ(decode(input).status, Status::kBad) << input;
  }
}

TEST(Chunked, RefusesDataThatDoesNotEndWhereItShould) {
  for (const auto* input : {"5\r\nhello0\r\n\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n",
                            "5\r\nhello\r0\r\n\r\n", "2\r\n\r\n\n0\r\n\r\n"}) {
    EXPECT_EQ(decode(input).status, Status::kBad) << input;
  }
}

TEST(Chunked, RefusesControlBytesInExtensions) {
  using namespace std::string_view_literals;
  for (const auto input : {"5;a=\nb\r\nhello"sv, "5;a=\"x\ny\"\r\nhello"sv, "5;a=\0\r\nhello"sv,
                           "5;a=\rb\r\nhello"sv, "5;a=\x7f\r\nhello"sv}) {
    EXPECT_EQ(decode(input).status, Status::kBad) << input;
  }
}

TEST(Chunked, RefusesTrailersThatAreNoFieldLines) {
  using namespace std::string_view_literals;
  for (const auto trailer :
       {"X\r\n\r\n"sv, "X : 1\r\n\r\n"sv, ": 1\r\n\r\n"sv, " X: 1\r\n\r\n"sv, "X: 1\n\r\n"sv,
        "X: 1\r\r\n\r\n"sv, "X: \0\r\n\r\n"sv, "X: 1\r\n 2\r\n\r\n"sv, "\n"sv, "\rX"sv, "X(: 1\r\n\r\n"sv}) {
    EXPECT_EQ(decode("1\r\na\r\n0\r\n" + std::string(trailer)).status, Status::kBad) << trailer;
  }
}

TEST(Chunked, LimitsExtensionsAndTrailers) {
  EXPECT_EQ(decode("1;" + std::string(2000, 'a')).status, Status::kBad);
  std::string many;
  for (int i = 0; i < 40; ++i) many += "1;" + std::string(500, 'a') + "\r\na\r\n";
  EXPECT_EQ(decode(many).status, Status::kBad);
  std::string trailers = "0\r\n";
  for (int i = 0; i < 2000; ++i) trailers += "X: 1\r\n";
  EXPECT_EQ(decode(trailers).status, Status::kBad);
}

TEST(Chunked, RefusesABodyOverTheLimitBeforeReadingIt) {
  EXPECT_EQ(decode("5\r\nhello\r\n0\r\n\r\n", 5).status, Status::kDone);
  const auto large = decode("6\r\nhello!\r\n", 5);
  EXPECT_EQ(large.status, Status::kTooLarge);
  EXPECT_EQ(large.body, "");
  const auto sum = decode("3\r\nabc\r\n3\r\n", 5);
  EXPECT_EQ(sum.status, Status::kTooLarge);
  EXPECT_EQ(sum.body, "abc");
  EXPECT_EQ(decode("ffffffffffffffff\r\n").status, Status::kTooLarge);
}

}  // namespace
}  // namespace wws::http
