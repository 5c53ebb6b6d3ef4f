#include "server/access_format.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>

namespace wws::server {
namespace {

std::string line_of(const AccessFormat& format, const AccessEntry& entry) {
  std::string line(format.most_bytes(entry), '?');
  const char* end = format.write(line.data(), entry);
  EXPECT_LE(end, line.data() + line.size());
  line.resize(static_cast<std::size_t>(end - line.data()));
  return line;
}

AccessEntry entry_of(const http::Request& request,
                     base::Duration duration = std::chrono::microseconds(1234)) {
  return {
      "192.0.2.1",    request, 200, 5, duration, base::WallTime{std::chrono::milliseconds(1'700'000'000'042)},
      "/hello/[name]"};
}

std::string line_of(const http::Request& request, base::Duration duration = std::chrono::microseconds(1234)) {
  return line_of(AccessFormat(), entry_of(request, duration));
}

std::string line_of(std::string_view format, const http::Request& request) {
  auto parsed = AccessFormat::parse(format);
  EXPECT_TRUE(parsed) << format;
  return parsed ? line_of(*parsed, entry_of(request)) : "";
}

http::Request request_of(std::string_view target) {
  http::Request request;
  request.method = "GET";
  request.target = target;
  return request;
}

TEST(AccessFormat, IsTheCombinedFormatAndTheDuration) {
  http::Request request = request_of("/a?b=1");
  request.fields = {{"Referer", "http://r/"}, {"User-Agent", "agent/1"}};
  EXPECT_EQ(
      line_of(request),
      "192.0.2.1 - - [14/Nov/2023:22:13:20 +0000] \"GET /a?b=1 HTTP/1.1\" 200 5 \"http://r/\" \"agent/1\" "
      "0.001234\n");
  request.version = http::Version::kHttp10;
  request.fields.clear();
  EXPECT_EQ(
      line_of(request, std::chrono::seconds(12)),
      "192.0.2.1 - - [14/Nov/2023:22:13:20 +0000] \"GET /a?b=1 HTTP/1.0\" 200 5 \"-\" \"-\" 12.000000\n");
}

// A backslash before the quotation mark that ends a field made the field go on.
TEST(AccessFormat, LetsNoTextEndItsField) {
  http::Request request = request_of("/");
  request.fields = {{"user-agent", "a\\"}, {"referer", "\" 200 \\\" \n\x1b\x80\xc2\x85é"}};
  EXPECT_EQ(line_of(request),
            "192.0.2.1 - - [14/Nov/2023:22:13:20 +0000] \"GET / HTTP/1.1\" 200 5 "
            "\"\\\" 200 \\\\\\\" \\x0a\\x1b\\x80\\xc2\\x85é\" \"a\\\\\" 0.001234\n");
}

TEST(AccessFormat, TakesTheLongestTexts) {
  const std::string target(std::size_t{12} << 10, '\x01');
  const std::string line = line_of(request_of(target));
  EXPECT_EQ(line.size(),
            std::string("192.0.2.1 - - [14/Nov/2023:22:13:20 +0000] \"GET  HTTP/1.1\" 200 5 \"-\" "
                        "\"-\" 0.001234\n")
                    .size() +
                4 * target.size());
}

TEST(AccessFormat, JsonIsOneObject) {
  http::Request request = request_of("/a\"b\\?\x01");
  request.id = "abc-1";
  request.host = "example.org";
  request.fields = {{"user-agent", "\x80\xc2\x85\xc3\xa9\n"}};
  const std::string line = line_of("json", request);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto object = boost::json::parse(line).as_object();
  EXPECT_EQ(object.at("time").as_string(), "2023-11-14T22:13:20.042Z");
  EXPECT_EQ(object.at("type").as_string(), "access");
  EXPECT_EQ(object.at("target").as_string(), "/a\"b\\?\x01");
  EXPECT_EQ(object.at("host").as_string(), "example.org");
  EXPECT_EQ(object.at("route").as_string(), "/hello/[name]");
  EXPECT_EQ(object.at("status").as_int64(), 200);
  EXPECT_EQ(object.at("bytes").as_int64(), 5);
  EXPECT_DOUBLE_EQ(object.at("seconds").as_double(), 0.001234);
  EXPECT_EQ(object.at("request_id").as_string(), "abc-1");
  EXPECT_EQ(object.at("referer").as_string(), "");
  EXPECT_EQ(object.at("user_agent").as_string(), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9\n");
}

TEST(AccessFormat, JsonTakesTheLongestTexts) {
  const std::string target(std::size_t{12} << 10, '\x01');
  EXPECT_EQ(boost::json::parse(line_of("json", request_of(target))).as_object().at("target").as_string(),
            target);
}

TEST(AccessFormat, TakesDirectives) {
  http::Request request = request_of("/a%20b?c=d%");
  request.id = "abc-1";
  request.host = "example.org";
  request.fields = {{"X-Forwarded-For", "203.0.113.9"}};
  EXPECT_EQ(
      line_of("%a|%m|%U|%q|%H|%v|%s|%B|%D|%T|%L|%R|%{x-forwarded-for}i|%{none}i|%%|%<s", request),
      "192.0.2.1|GET|/a%20b|?c=d%|HTTP/1.1|example.org|200|5|1234|0.001234|abc-1|/hello/[name]|203.0.113.9|-|"
      "%|200\n");
  EXPECT_EQ(line_of("no directive", request), "no directive\n");
  EXPECT_EQ(line_of("", request), "\n");
  EXPECT_EQ(line_of("%q", request_of("/")), "\n");
}

TEST(AccessFormat, SaysWhichDirectiveIsUnknown) {
  const auto message_of = [](std::string_view text) {
    const auto format = AccessFormat::parse(text);
    return format ? std::string() : format.error().message;
  };
  for (const auto& [format, named] : {std::pair{"%h %Z", "\"%Z\""},
                                      {"%{a", "\"%{a\""},
                                      {"%{a}x", "\"%{a}x\""},
                                      {"%{}i", "\"%{}i\""},
                                      {"%", "\"%\""},
                                      {"%>", "\"%>\""}}) {
    EXPECT_NE(message_of(format).find(named), std::string::npos) << format << ": " << message_of(format);
  }
  EXPECT_NE(message_of("%h\n%t").find("newline"), std::string::npos);
}

TEST(AccessFormat, ColorsTellTheStatus) {
  const http::Request request = request_of("/");
  AccessEntry entry = entry_of(request);
  const auto format = AccessFormat::colored();
  for (const auto& [status, color] :
       {std::pair{204, "\x1b[32m204"}, {302, "\x1b[36m302"}, {499, "\x1b[33m499"}, {500, "\x1b[31m500"}}) {
    entry.status = status;
    EXPECT_NE(line_of(format, entry).find(color), std::string::npos) << status;
  }
}

}  // namespace
}  // namespace wws::server
