#include "abi/cgi.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace wws::abi {
namespace {

// --- the environment ---

using Environment = std::vector<std::string>;
using Parameters = std::vector<std::pair<std::string, std::string>>;

http::Request request(const std::string& path = "/files/a") {
  http::Request result;
  result.method = "GET";
  result.path = path;
  result.host = "example.org:8080";
  result.peer = "192.0.2.7";
  return result;
}

std::optional<std::string> value_of(const Environment& environment, const std::string& name) {
  std::optional<std::string> value;
  for (const std::string& entry : environment) {
    if (!entry.starts_with(name + "=")) continue;
    EXPECT_FALSE(value) << name << " is there twice";
    value = entry.substr(name.size() + 1);
  }
  return value;
}

TEST(CgiEnvironment, HoldsWhatTheRfcNames) {
  http::Request post = request();
  post.method = "POST";
  post.query = "a=1&b=%20";
  post.has_query = true;
  post.fields = {{"Host", "example.org:8080"},
                 {"Content-Type", "text/plain"},
                 {"Content-Length", "4"},
                 {"User-Agent", "t/1"}};
  post.body = "body";
  const std::string url = "http://example.org:8080/files/a?a=1&b=%20";
  Environment environment = cgi_environment(post, {url, {}, "/files/a", kAllSegments, {}});
  std::sort(environment.begin(), environment.end());
  EXPECT_EQ(environment,
            (Environment{"CONTENT_LENGTH=4", "CONTENT_TYPE=text/plain", "GATEWAY_INTERFACE=CGI/1.1",
                         "HTTP_HOST=example.org:8080", "HTTP_USER_AGENT=t/1",
                         "PATH_INFO=", "QUERY_STRING=a=1&b=%20", "REMOTE_ADDR=192.0.2.7",
                         "REMOTE_HOST=192.0.2.7", "REQUEST_METHOD=POST", "REQUEST_URI=/files/a?a=1&b=%20",
                         "SCRIPT_NAME=/files/a", "SERVER_NAME=example.org", "SERVER_PORT=8080",
                         "SERVER_PROTOCOL=HTTP/1.1", "SERVER_SOFTWARE=wws/" WWS_VERSION, "X_FULL_URL=" + url,
                         "X_MATCHED_ROUTE=/files/a", "X_RAW_PATH_INFO="}));
}

TEST(CgiEnvironment, HasNoBodyVariablesWithoutABody) {
  const auto environment = cgi_environment(request(), {});
  EXPECT_EQ(value_of(environment, "CONTENT_LENGTH"), std::nullopt);
  EXPECT_EQ(value_of(environment, "CONTENT_TYPE"), std::nullopt);
  EXPECT_EQ(value_of(environment, "QUERY_STRING"), "");
  for (const char* absent : {"AUTH_TYPE", "PATH_TRANSLATED", "REMOTE_USER", "REMOTE_IDENT"}) {
    EXPECT_EQ(value_of(environment, absent), std::nullopt) << absent;
  }
}

TEST(CgiEnvironment, TellsTheLengthOfABodyThatCameInChunks) {
  http::Request chunked = request();
  chunked.fields = {{"Transfer-Encoding", "chunked"}};
  chunked.body = "12345";
  const auto environment = cgi_environment(chunked, {});
  EXPECT_EQ(value_of(environment, "CONTENT_LENGTH"), "5");
  EXPECT_EQ(value_of(environment, "HTTP_TRANSFER_ENCODING"), std::nullopt);
  http::Request empty = request();
  empty.fields = {{"content-length", "0"}};
  EXPECT_EQ(value_of(cgi_environment(empty, {}), "CONTENT_LENGTH"), "0");
}

struct Server {
  const char* host;
  const char* scheme;
  const char* name;
  const char* port;
};

TEST(CgiEnvironment, TakesServerAndPortFromTheHost) {
  for (const auto& [host, scheme, name, port] :
       {Server{"example.org", "http", "example.org", "80"},
        Server{"example.org:", "http", "example.org", "80"},
        Server{"example.org", "https", "example.org", "443"}, Server{"[::1]", "http", "[::1]", "80"},
        Server{"[::1]:81", "http", "[::1]", "81"}, Server{"", "http", "", "80"}}) {
    http::Request asked = request();
    asked.host = host;
    asked.scheme = scheme;
    const auto environment = cgi_environment(asked, {});
    EXPECT_EQ(value_of(environment, "SERVER_NAME"), name) << host;
    EXPECT_EQ(value_of(environment, "SERVER_PORT"), port) << host;
    EXPECT_EQ(value_of(environment, "HTTPS").has_value(), asked.scheme == "https");
  }
}

TEST(CgiEnvironment, KnowsNoAddressOfAClientWithoutOne) {
  http::Request local = request();
  local.peer = "-";
  local.version = http::Version::kHttp10;
  const auto environment = cgi_environment(local, {});
  EXPECT_EQ(value_of(environment, "REMOTE_ADDR"), "");
  EXPECT_EQ(value_of(environment, "SERVER_PROTOCOL"), "HTTP/1.0");
}

struct Path {
  const char* path;
  std::size_t script_segments;
  const char* script_name;
  const char* path_info;
  const char* raw_path_info;
};

TEST(CgiEnvironment, SplitsThePathWhereTheCatchAllBegins) {
  for (const auto& [path, segments, script_name, path_info, raw] : {
           Path{"/files/a/b", 1, "/files", "/a/b", "/a/b"},
           Path{"/files/a%2Fb/%C3%A9", 1, "/files", "/a/b/é", "/a%2Fb/%C3%A9"},
           Path{"/app/fi%20les/a", 2, "/app/fi les", "/a", "/a"},
           Path{"/app", 1, "/app", "", ""},
           Path{"/a/b", 0, "", "/a/b", "/a/b"},
           Path{"/", 0, "", "/", "/"},
           Path{"/", kAllSegments, "", "/", "/"},
           Path{"/a/b", kAllSegments, "/a/b", "", ""},
       }) {
    CgiContext context;
    context.script_segments = segments;
    const auto environment = cgi_environment(request(path), context);
    EXPECT_EQ(value_of(environment, "SCRIPT_NAME"), script_name) << path;
    EXPECT_EQ(value_of(environment, "PATH_INFO"), path_info) << path;
    EXPECT_EQ(value_of(environment, "X_RAW_PATH_INFO"), raw) << path;
    EXPECT_EQ(value_of(environment, "REQUEST_URI"), path) << path;
  }
}

TEST(CgiEnvironment, GivesParametersOfTheRoute) {
  const Parameters parameters = {{"id", "a/b"}, {"user_2", "é"}, {"ID", "other"}};
  const auto environment = cgi_environment(request(), {"", {}, "/[id]/[user_2]", kAllSegments, parameters});
  EXPECT_EQ(value_of(environment, "X_PARAM_ID"), "a/b");
  EXPECT_EQ(value_of(environment, "X_PARAM_USER_2"), "é");
}

TEST(CgiEnvironment, JoinsRepeatedFields) {
  http::Request repeated = request();
  repeated.fields = {{"X-A", "1"}, {"Cookie", "a=1"}, {"x-a", "2"}, {"cookie", "b=2"}};
  const auto environment = cgi_environment(repeated, {});
  EXPECT_EQ(value_of(environment, "HTTP_X_A"), "1, 2");
  EXPECT_EQ(value_of(environment, "HTTP_COOKIE"), "a=1; b=2");
}

/// `Proxy: http://attacker` became HTTP_PROXY, which HTTP clients obey ("httpoxy", CVE-2016-5385).
TEST(CgiEnvironment, MakesNoProxyOfAField) {
  http::Request attack = request();
  attack.fields = {{"Proxy", "http://192.0.2.1/"}, {"PROXY", "x"}, {"proxy", "y"}};
  EXPECT_EQ(value_of(cgi_environment(attack, {}), "HTTP_PROXY"), std::nullopt);
}

TEST(CgiEnvironment, LetsNoFieldPoseAsAnother) {
  http::Request attack = request();
  attack.fields = {{"X_Real_IP", "6.6.6.6"}, {"X.Real.IP", "6.6.6.6"}, {"X-Real-IP", "1.2.3.4"},
                   {"Content_Length", "9"},  {"Content_Type", "x/y"},  {"a=b", "c"}};
  const auto environment = cgi_environment(attack, {});
  EXPECT_EQ(value_of(environment, "HTTP_X_REAL_IP"), "1.2.3.4");
  EXPECT_EQ(std::count_if(environment.begin(), environment.end(),
                          [](const std::string& entry) { return entry.starts_with("HTTP_"); }),
            1);
  EXPECT_EQ(value_of(environment, "CONTENT_LENGTH"), std::nullopt);
}

TEST(CgiEnvironment, LeavesOutWhatIsNotTheWorkers) {
  http::Request asked = request();
  asked.fields = {{"Connection", "x"},  {"TE", "x"},           {"Trailer", "x"},
                  {"Upgrade", "x"},     {"Keep-Alive", "x"},   {"Proxy-Authorization", "x"},
                  {"Content-Type", ""}, {"Authorization", "t"}};
  const auto environment = cgi_environment(asked, {});
  for (const char* name : {"CONNECTION", "TE", "TRAILER", "UPGRADE", "KEEP_ALIVE", "PROXY_AUTHORIZATION",
                           "CONTENT_TYPE", "CONTENT_LENGTH"}) {
    EXPECT_EQ(value_of(environment, std::string("HTTP_") + name), std::nullopt) << name;
  }
  EXPECT_EQ(value_of(environment, "HTTP_AUTHORIZATION"), "t");
}

TEST(CgiEnvironment, TakesTheHostOfAnAbsoluteTarget) {
  http::Request absolute = request();
  absolute.fields = {{"Host", "other"}};
  EXPECT_EQ(value_of(cgi_environment(absolute, {}), "HTTP_HOST"), "example.org:8080");
}

TEST(CgiEnvironment, LetsTheWorkersVariablesWin) {
  http::Request asked = request();
  asked.fields = {{"X-Key", "of the client"}, {"X-Ke", "y"}};
  const Environment vars = {"HTTP_X_KEY=of the author", "SERVER_NAME=canonical", "X_PARAM_ID=1", "PLAIN="};
  const Parameters parameters = {{"id", "2"}};
  const auto environment = cgi_environment(asked, {"", vars, "", kAllSegments, parameters});
  EXPECT_EQ(value_of(environment, "HTTP_X_KEY"), "of the author");
  EXPECT_EQ(value_of(environment, "HTTP_X_KE"), "y");
  EXPECT_EQ(value_of(environment, "SERVER_NAME"), "canonical");
  EXPECT_EQ(value_of(environment, "X_PARAM_ID"), "1");
  EXPECT_EQ(value_of(environment, "PLAIN"), "");
}

TEST(CgiEnvironment, IsUtf8) {
  http::Request latin = request();
  latin.fields = {{"X-Name", "\xe9"}, {"X-Utf8", "é"}};
  const auto environment = cgi_environment(latin, {});
  EXPECT_EQ(value_of(environment, "HTTP_X_NAME"), "é");
  EXPECT_EQ(value_of(environment, "HTTP_X_UTF8"), "é");
}

// --- the output ---

using Fields = std::vector<http::Field>;

std::string body_of(const http::Response& response) { return std::get<std::string>(response.body); }

http::Response good(const std::string& output) {
  auto response = decode_cgi_output(output);
  EXPECT_TRUE(response) << output << ": " << response.error().message;
  return response ? std::move(*response) : http::Response{0, {}, ""};
}

TEST(CgiOutput, ReadsADocument) {
  for (const char* output :
       {"Content-Type: text/plain\n\nhi\n\nho", "Content-Type: text/plain\r\n\r\nhi\n\nho",
        "content-TYPE:text/plain \n\r\nhi\n\nho", "Content-Type:\ttext/plain\r\n\nhi\n\nho"}) {
    const auto response = good(output);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.fields, (Fields{{"content-type", "text/plain"}}));
    EXPECT_EQ(body_of(response), "hi\n\nho");
  }
}

TEST(CgiOutput, KeepsTheBodyByteForByte) {
  const std::string body("\0\xff\r\n\n", 5);
  EXPECT_EQ(body_of(good("Content-Type: a/b\n\n" + body)), body);
}

TEST(CgiOutput, TakesTheStatus) {
  for (const char* status : {"404 Not Found", "404", "404 ", "404 whatever: it says"}) {
    const auto response = good(std::string("Status: ") + status + "\nContent-Type: a/b\n\nx");
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(response.fields, (Fields{{"content-type", "a/b"}}));
  }
  EXPECT_EQ(good("Status: 999\n\n").status, 999);
}

TEST(CgiOutput, MayHaveNoBody) {
  EXPECT_EQ(good("Status: 204\n\n").status, 204);
  EXPECT_EQ(good("Content-Type: text/plain\n\n").status, 200);
  // The line end that printing adds is no body.
  EXPECT_EQ(body_of(good("Status: 404\n\n\n")), "");
  EXPECT_EQ(body_of(good("Location: /a\r\n\r\n\r\n")), "");
  EXPECT_EQ(body_of(good("Content-Type: text/plain\n\n\n")), "\n");
}

TEST(CgiOutput, LosesABodyThatItsStatusCannotHave) {
  EXPECT_EQ(body_of(good("Status: 304\nETag: \"a\"\n\nnot modified")), "");
}

TEST(CgiOutput, RedirectsTheClient) {
  const auto response = good("Location: https://example.org/a#b\n\n");
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(response.fields, (Fields{{"location", "https://example.org/a#b"}}));
  EXPECT_EQ(good("Location: /there?x=1\n\n").status, 302);
  EXPECT_EQ(good("Status: 301\nLocation: /there\n\n").status, 301);
  const auto with_page = good("Location: /there\nStatus: 201\nContent-Type: a/b\n\npage");
  EXPECT_EQ(with_page.status, 201);
  EXPECT_EQ(body_of(with_page), "page");
}

TEST(CgiOutput, MeansThisServerByAPath) {
  for (const char* location : {"/there", "//there", "///there", "/\\there", "\\\\there"}) {
    EXPECT_EQ(good(std::string("Location: ") + location + "\n\n").fields, (Fields{{"location", "/there"}}));
  }
  EXPECT_EQ(good("Location: /\n\n").fields, (Fields{{"location", "/"}}));
  EXPECT_EQ(good("Location: next\n\n").fields, (Fields{{"location", "next"}}));
}

TEST(CgiOutput, KeepsRepeatedFieldsAndLeavesOutWhatFramesTheMessage) {
  const auto response = good(
      "Set-Cookie: a=1\nContent-Length: 99\nSet-Cookie: b=2\nTransfer-Encoding: chunked\n"
      "Connection: close\nX-Empty:\nStatus: 200\n\n");
  EXPECT_EQ(response.fields, (Fields{{"set-cookie", "a=1"}, {"set-cookie", "b=2"}, {"x-empty", ""}}));
}

TEST(CgiOutput, RefusesMoreHeadersThanAnyClientTakes) {
  const auto of = [](int count) {
    std::string output = "Status: 200\n";
    for (int i = 1; i < count; ++i) output += "h: \n";
    return decode_cgi_output(output + "\n");
  };
  EXPECT_TRUE(of(1000));
  ASSERT_FALSE(of(1001));
  EXPECT_NE(of(1001).error().message.find("more than 1000 headers"), std::string::npos);
  const auto large = decode_cgi_output("Status: 200\nh: " + std::string(256 << 10, 'x') + "\n\n");
  ASSERT_FALSE(large);
  EXPECT_NE(large.error().message.find("bytes of headers"), std::string::npos);
}

struct BadCase {
  std::string output;
  const char* reason;
};

class CgiOutputRefuses : public ::testing::TestWithParam<BadCase> {};

TEST_P(CgiOutputRefuses, AndSaysWhy) {
  const auto response = decode_cgi_output(GetParam().output);
  ASSERT_FALSE(response) << GetParam().output;
  EXPECT_EQ(response.error().code, ErrorCode::kBadOutput);
  EXPECT_NE(response.error().message.find(GetParam().reason), std::string::npos) << response.error().message;
}

using std::string_literals::operator""s;

INSTANTIATE_TEST_SUITE_P(
    All, CgiOutputRefuses,
    ::testing::Values(
        BadCase{"", "is empty"}, BadCase{"\n", "begins with an empty line"},
        BadCase{"\r\nbody", "begins with an empty line"}, BadCase{"hello", "no header in line 1, \"hello\""},
        BadCase{"hello\n\n", "no header in line 1"},
        BadCase{R"({"data":"","headers":{},"status":200,"kv":{}})", "is JSON"},
        BadCase{"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n\r\n", "HTTP status line"},
        BadCase{"HTTP/2: x\n\n", "HTTP status line"},
        BadCase{"Content-Type: a/b\n<p>hi</p>\n", "no header in line 2, \"<p>hi</p>\""},
        BadCase{"Content-Type: a/b", "ends within its headers"},
        BadCase{"Content-Type: a/b\n", "ends within its headers"},
        BadCase{"Content-Type: a/b\r\n\r", "ends within its headers"},
        BadCase{"Content-Type: a/b\n folded: x\n\n", "blank at the start of line 2"},
        BadCase{"Content-Type : a/b\n\n", "no header in line 1"}, BadCase{": x\n\n", "no header in line 1"},
        BadCase{"\xef\xbb\xbf"
                "Content-Type: a/b\n\n",
                "no header in line 1"},
        BadCase{"X: y\rSet-Cookie: z\nStatus: 200\n\n", "header \"x\" with a value that HTTP"},
        BadCase{"Content-Type: a/b\0\n\n"s, "value that HTTP"},
        BadCase{"Content-Type: a/b\x7f\n\n", "value that HTTP"}, BadCase{"X: y\n\nbody", "no Content-Type"},
        BadCase{"X: y\n\n", "none of the headers"}, BadCase{"Status: 200\n\nbody", "no Content-Type"},
        BadCase{"Location: /a\n\nbody", "no Content-Type"}, BadCase{"Content-Type:\n\n", "without a value"},
        BadCase{"Location: \n\n", "without a value"}, BadCase{"Location: /a b\n\n", "Location with a blank"},
        BadCase{"Location: /\t/evil.example\n\n", "Location with a blank"},
        BadCase{"Content-Type: a/b\nContent-Type: c/d\n\n", "two headers \"content-type\""},
        BadCase{"Status: 200\nstatus: 201\n\n", "two headers \"status\""},
        BadCase{"Location: /a\nLocation: /b\n\n", "two headers \"location\""},
        BadCase{"Status:\n\n", "Status \"\""}, BadCase{"Status: OK\n\n", "Status \"OK\""},
        BadCase{"Status: 20\n\n", "Status \"20\""}, BadCase{"Status: 2000\n\n", "Status \"2000\""},
        BadCase{"Status: 200OK\n\n", "Status \"200OK\""}, BadCase{"Status: -20\n\n", "Status"},
        BadCase{"Status: 101 Switching Protocols\n\n", "from 200 to 999"},
        BadCase{"Status: 000\n\n", "from 200 to 999"}));

// A program that serves a folder could not tell `/tree/` from `/tree`, and redirected for ever.
TEST(CgiEnvironment, TellsThePathAsItWasSent) {
  http::Request sent = request("/a/b");
  sent.query = "x=/";
  sent.has_query = true;
  for (const auto& [target, uri] :
       {std::pair("/a//c/../%62/?x=/", "/a//c/../%62/?x=/"), std::pair("/a/b?x=|", "/a/b?x=|"),
        std::pair("http://example.org/a/b/?x=/", "/a/b/?x=/")}) {
    sent.target = target;
    const auto environment = cgi_environment(sent, {});
    EXPECT_EQ(value_of(environment, "REQUEST_URI"), uri);
    EXPECT_EQ(value_of(environment, "SCRIPT_NAME"), "/a/b");
  }
}

}  // namespace
}  // namespace wws::abi
