#include "http/request_head.h"

#include <gtest/gtest.h>

#include <string>

namespace wws::http {
namespace {

using namespace std::literals;
using Kind = HeadResult::Kind;

/// Feeds ever longer prefixes, as a slow client would.
HeadResult parse_byte_by_byte(std::string_view bytes, const HeadLimits& limits) {
  RequestHead head;
  std::size_t scanned = 0;
  HeadResult result;
  for (std::size_t size = 1; size <= bytes.size() && result.kind == Kind::kIncomplete; ++size) {
    result = parse_request_head(bytes.substr(0, size), limits, scanned, head);
  }
  return result;
}

/// Parses at once, and checks that a slow client gets the same verdict.
HeadResult parse(std::string_view bytes, RequestHead& head, const HeadLimits& limits = {}) {
  std::size_t scanned = 0;
  const auto result = parse_request_head(bytes, limits, scanned, head);
  const auto slow = parse_byte_by_byte(bytes, limits);
  EXPECT_EQ(slow.kind, result.kind) << bytes;
  EXPECT_EQ(slow.consumed, result.consumed) << bytes;
  if (result.kind == Kind::kBad) {
    EXPECT_EQ(slow.status, result.status) << bytes;
    EXPECT_FALSE(result.reason.empty()) << bytes;
  }
  return result;
}

std::string with_line(std::string_view request_line) {
  return std::string(request_line) + "\r\nHost: t\r\n\r\n";
}
std::string with_fields(std::string_view lines) {
  return "POST /echo HTTP/1.1\r\nHost: t\r\n" + std::string(lines) + "\r\n";
}

RequestHead expect_good(std::string_view bytes) {
  RequestHead head;
  const auto result = parse(bytes, head);
  EXPECT_EQ(result.kind, Kind::kComplete) << bytes << ": " << result.reason;
  EXPECT_EQ(result.consumed, bytes.size());
  return head;
}

void expect_bad(std::string_view bytes, int status = 400, const HeadLimits& limits = {}) {
  RequestHead head;
  const auto result = parse(bytes, head, limits);
  EXPECT_EQ(result.kind, Kind::kBad) << bytes;
  EXPECT_EQ(result.status, status) << bytes << ": " << result.reason;
}

TEST(RequestHead, ReadsLineAndFields) {
  const auto text =
      "GET /a?b HTTP/1.1\r\nHost: t:80\r\nX-A:1\r\nX-B: \t a \t b\t \r\nX-C:\r\nX-D: gr\xc3\xbc\xc3\x9f\r\n\r\n"sv;
  const auto head = expect_good(text);
  EXPECT_EQ(head.method, "GET");
  EXPECT_EQ(head.target, "/a?b");
  EXPECT_EQ(head.minor_version, 1);
  EXPECT_EQ(head.host, "t:80");
  ASSERT_EQ(head.fields.size(), 5U);
  EXPECT_EQ(head.fields[1].value, "1");
  EXPECT_EQ(head.fields[2].value, "a \t b");
  EXPECT_EQ(head.fields[3].value, "");
  EXPECT_EQ(head.fields[4].name, "X-D");
  EXPECT_EQ(head.fields[4].value, "gr\xc3\xbc\xc3\x9f");
  EXPECT_FALSE(head.chunked);
  EXPECT_FALSE(head.content_length);
  EXPECT_TRUE(head.keep_alive);
}

TEST(RequestHead, ConsumesOnlyTheHead) {
  RequestHead head;
  const auto text = with_fields("Content-Length: 2\r\n");
  EXPECT_EQ(parse(text + "abGET / HTTP/1.1\r\n", head).consumed, text.size());
}

TEST(RequestHead, EveryPrefixIsIncomplete) {
  const auto text = "\r\n" + with_fields("Content-Length: 2\r\nX: y\r\n");
  for (std::size_t size = 0; size < text.size(); ++size) {
    RequestHead head;
    std::size_t scanned = 0;
    EXPECT_EQ(parse_request_head(std::string_view(text).substr(0, size), {}, scanned, head).kind,
              Kind::kIncomplete)
        << size;
  }
}

TEST(RequestHead, AHeadIsReused) {
  RequestHead head;
  const auto first =
      with_fields("Transfer-Encoding: chunked\r\nConnection: close\r\nExpect: 100-continue\r\n");
  EXPECT_EQ(parse(first, head).kind, Kind::kComplete);
  const auto second = "GET / HTTP/1.0\r\n\r\n"sv;
  EXPECT_EQ(parse(second, head).kind, Kind::kComplete);
  EXPECT_TRUE(head.fields.empty());
  EXPECT_EQ(head.host, "");
  EXPECT_FALSE(head.chunked);
  EXPECT_FALSE(head.expects_continue);
}

TEST(RequestHead, SkipsAFewEmptyLines) {
  expect_good("\r\n" + with_line("GET / HTTP/1.1"));
  expect_good("\r\n\r\n\r\n\r\n" + with_line("GET / HTTP/1.1"));
  expect_bad("\r\n\r\n\r\n\r\n\r\n" + with_line("GET / HTTP/1.1"));
  expect_bad("\n" + with_line("GET / HTTP/1.1"));
}

TEST(RequestHead, RefusesBadRequestLines) {
  for (const auto line : {"GET  /echo HTTP/1.1"sv,
                          "GET\t/echo HTTP/1.1"sv,
                          "GET /echo"sv,
                          "GET /echo "sv,
                          "GET"sv,
                          "GET /echo http/1.1"sv,
                          "GET /echo HTTP/1.10"sv,
                          "GET /echo HTTP/1.1 x"sv,
                          "GET /echo HTTP/1.1 "sv,
                          "GET /echo HTTP/1"sv,
                          "GET /echo HTTP/1,1"sv,
                          "GET /echo HTTP/+1.1"sv,
                          "GET /echo HTTPS/1.1"sv,
                          "G@T( /echo HTTP/1.1"sv,
                          " GET /echo HTTP/1.1"sv,
                          "GET echo HTTP/1.1"sv,
                          "GET /echo#f HTTP/1.1"sv,
                          "GET /echo\xe9 HTTP/1.1"sv,
                          "GET /echo\x01 HTTP/1.1"sv,
                          "GET /ec\0ho HTTP/1.1"sv,
                          "GET /echo\x7f HTTP/1.1"sv,
                          "GET /echo x HTTP/1.1"sv,
                          "GET t:80 HTTP/1.1"sv,
                          "GET * HTTP/1.1"sv,
                          "GET http://u@t/echo HTTP/1.1"sv,
                          "GET ftp://t/echo HTTP/1.1"sv,
                          "GET /echo\rHTTP/1.1"sv,
                          "\x16\x03\x01"sv}) {
    expect_bad(with_line(line));
  }
}

TEST(RequestHead, RefusesOtherVersionsWith505) {
  for (const auto line : {"GET / HTTP/2.0"sv, "GET / HTTP/3.0"sv, "GET / HTTP/0.9"sv, "PRI * HTTP/2.0"sv})
    expect_bad(with_line(line), 505);
  EXPECT_EQ(expect_good(with_line("GET / HTTP/1.2")).minor_version, 1);
}

TEST(RequestHead, TargetForms) {
  expect_good(with_line("OPTIONS * HTTP/1.1"));
  expect_good(with_line("GET http://t/echo HTTP/1.1"));
  expect_bad(with_line("CONNECT t:80 HTTP/1.1"), 501);
}

// Without this a client that waits for an answer would meet the header time limit instead.
TEST(RequestHead, CertainErrorsNeedNoWholeHead) {
  for (const auto text : {"GET /echo HTTP/1.1\nHost: t\n\n"sv, "GET /echo\r\n"sv, "GET /echo\n"sv,
                          "GET /echo HTTP/2.0\r\n"sv, "GET / HTTP/1.1\r\nHost: t\n"sv}) {
    EXPECT_EQ(parse_byte_by_byte(text, {}).kind, Kind::kBad) << text;
  }
}

TEST(RequestHead, RefusesBadFieldLines) {
  for (const auto line : {"X-A : 1"sv, "X-A"sv, ": 1"sv, "X-A: a\0b"sv, "X-A: a\rb"sv, "X-A: a\nX-B: b"sv,
                          "X-A: a\x01"
                          "b"sv,
                          "X-\xe9: 1"sv, "X(A): 1"sv, "X-A: a\r\n b"sv, "X-A:\r\n\tb"sv, " X-A: 1"sv,
                          "X/A: 1"sv, "X\"A: 1"sv, "X-A: \x7f"sv, "X A: 1"sv, "X-A: a\r\r"sv}) {
    expect_bad(with_fields(std::string(line) + "\r\n"));
  }
  expect_bad("GET /echo HTTP/1.1\r\n X-A: 1\r\nHost: t\r\n\r\n");
  expect_bad("GET /echo HTTP/1.1\nHost: t\n\n");
  expect_bad("GET /echo HTTP/1.1\r\nHost: t\r\n\n");
}

TEST(RequestHead, Host) {
  expect_bad("GET / HTTP/1.1\r\n\r\n");
  expect_good("GET / HTTP/1.0\r\n\r\n");
  expect_good("GET / HTTP/1.1\r\nhOST:\r\n\r\n");
  expect_bad(with_fields("Host: u\r\n"));
  expect_bad(with_fields("Host: t\r\n"));
  expect_bad("GET / HTTP/1.0\r\nHost: t\r\nHost: t\r\n\r\n");
  EXPECT_EQ(expect_good("GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n").host, "[::1]:8080");
  for (const auto host : {"a b"sv, "t/@u"sv, "u@t"sv, "t:99999"sv, "t:x"sv, "[::1"sv, "t\0"sv, "t,u"sv,
                          "t?x"sv, "t#x"sv, "\\t"sv}) {
    expect_bad("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n");
  }
}

TEST(RequestHead, ContentLength) {
  EXPECT_EQ(expect_good(with_fields("content-length: 0005\r\n")).content_length, 5U);
  EXPECT_EQ(expect_good(with_fields("Content-Length: 9999999999999999999\r\n")).content_length,
            9999999999999999999U);
  for (const auto* value : {"-1", "+5", "5 5", "5, 6", "5, 5", "0x5", "5a", "", " ", "99999999999999999999",
                            "5;", "1e1", "\xb5", "5,"}) {
    expect_bad(with_fields("Content-Length: " + std::string(value) + "\r\n"));
  }
  expect_bad(with_fields("Content-Length: 5\r\nContent-Length: 6\r\n"));
  expect_bad(with_fields("Content-Length: 5\r\nContent-Length: 5\r\n"));
}

TEST(RequestHead, TransferEncoding) {
  EXPECT_TRUE(expect_good(with_fields("Transfer-Encoding: chunked\r\n")).chunked);
  EXPECT_TRUE(expect_good(with_fields("transfer-encoding:Chunked \r\n")).chunked);
  for (const auto* value :
       {"gzip", "identity", "chunked, gzip", "chunked, chunked", ", chunked", "xchunked", "chunkedx",
        "\xa0"
        "chunked",
        "\"chunked\"", "chunked;q=1", "gzip, chunked"}) {
    expect_bad(with_fields("Transfer-Encoding: " + std::string(value) + "\r\n"), 501);
  }
  expect_bad(
      with_fields("Transfer-Encoding: \x0b"
                  "chunked\r\n"));
  expect_bad(with_fields("Transfer-Encoding: chunked\0\r\n"s));
  expect_bad(with_fields("Transfer-Encoding:\r\n"));
  expect_bad(with_fields("Transfer-Encoding : chunked\r\n"));
  expect_bad(with_fields("Transfer-Encoding:\r\n chunked\r\n"));
  expect_bad(with_fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"));
  expect_bad("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n");
}

TEST(RequestHead, RefusesTwoFramings) {
  expect_bad(with_fields("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"));
  expect_bad(with_fields("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"));
  expect_bad(
      with_fields("Transfer-Encoding: chunked\r\nTransfer_Encoding: identity\r\nContent-Length: 3\r\n"));
}

TEST(RequestHead, Persistence) {
  EXPECT_FALSE(expect_good(with_fields("Connection: close\r\n")).keep_alive);
  EXPECT_FALSE(expect_good(with_fields("Connection: x , Close,keep-alive\r\n")).keep_alive);
  EXPECT_TRUE(expect_good(with_fields("Connection: closed,, x\r\n")).keep_alive);
  EXPECT_FALSE(expect_good("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(expect_good("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive);
}

TEST(RequestHead, Expect) {
  EXPECT_TRUE(expect_good(with_fields("Expect: 100-Continue\r\n")).expects_continue);
  EXPECT_FALSE(expect_good(with_fields("Expect: other\r\n")).expects_continue);
  EXPECT_FALSE(expect_good("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").expects_continue);
}

TEST(RequestHead, Limits) {
  std::string fields;
  for (int i = 0; i < 127; ++i) fields += "X: 1\r\n";
  EXPECT_EQ(expect_good(with_fields(fields)).fields.size(), 128U);
  expect_bad(with_fields(fields + "X: 1\r\n"), 431);
  expect_bad(with_fields("X: " + std::string(40000, 'a') + "\r\n"), 431);
  expect_bad(with_line("GET /" + std::string(40000, 'a') + " HTTP/1.1"), 414);

  const auto text = with_fields("X: 1\r\n");
  HeadLimits limits;
  limits.bytes = text.size();
  RequestHead head;
  EXPECT_EQ(parse(text, head, limits).kind, Kind::kComplete);
  limits.bytes = text.size() - 1;
  expect_bad(text, 431, limits);
}

}  // namespace
}  // namespace wws::http
