#include "abi/wws_json.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

namespace wws::abi {
namespace {

http::Request request() {
  http::Request result;
  result.method = "POST";
  result.fields = {{"Host", "example.org"}, {"X-A", "1"}, {"Cookie", "a=1"}, {"x-a", "2"}, {"cookie", "b=2"}};
  result.body = "line\n\"quoted\" \\ \x01 \xc3\xa9";
  return result;
}

TEST(JsonInput, HoldsEverythingOnOneLine) {
  const std::vector<std::pair<std::string, std::string>> parameters = {{"id", "a/b"}};
  EXPECT_EQ(
      encode_json_input(request(), {"http://example.org/x?q=1", parameters}),
      "{\"url\":\"http://example.org/x?q=1\",\"method\":\"POST\",\"headers\":{\"host\":\"example.org\","
      "\"x-a\":\"1, 2\",\"cookie\":\"a=1; b=2\"},"
      "\"body\":\"line\\n\\\"quoted\\\" \\\\ \\u0001 \xc3\xa9\",\"kv\":{},\"params\":{\"id\":\"a/b\"}}");
}

TEST(JsonInput, SendsABodyThatIsNotTextAsBase64) {
  http::Request binary;
  binary.method = "PUT";
  binary.body = "\xff\xfe";
  EXPECT_EQ(encode_json_input(binary, {"/", {}}),
            "{\"url\":\"/\",\"method\":\"PUT\",\"headers\":{},\"body\":\"//4=\",\"kv\":{},\"params\":{},"
            "\"base64\":true}");
}

TEST(JsonInput, TakesHeaderBytesThatAreNotUtf8AsLatin1) {
  http::Request latin;
  latin.method = "GET";
  latin.fields = {{"X", "\xe9"}};
  EXPECT_NE(encode_json_input(latin, {"/", {}}).find("{\"x\":\"\xc3\xa9\"}"), std::string::npos);
}

std::string body_of(const http::Response& response) { return std::get<std::string>(response.body); }

TEST(JsonOutput, ReadsAPlainAnswer) {
  const auto response = decode_json_output(R"( {"data":"hi","headers":{},"status":200,"kv":{}} )"
                                           "\n");
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(body_of(*response), "hi");
  EXPECT_EQ(response->fields, (std::vector<http::Field>{{"content-type", "text/html"}}));
}

TEST(JsonOutput, ReadsHeadersOfEveryForm) {
  const auto response = decode_json_output(
      R"({"data":"","headers":{"Content_Type":"a/b","Set-Cookie":["a=1","b=2"],"X":" é "},"status":418,"kv":{"k":"v"},"more":[1]})");
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 418);
  EXPECT_EQ(response->fields,
            (std::vector<http::Field>{
                {"content-type", "a/b"}, {"set-cookie", "a=1"}, {"set-cookie", "b=2"}, {"x", "é"}}));
}

TEST(JsonOutput, LeavesOutWhatFramesTheMessage) {
  const auto response = decode_json_output(
      R"({"data":"","headers":{"Content-Length":"9","transfer_encoding":"chunked","Connection":"x","date":"d","server":"s"},"status":200,"kv":{}})");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->fields,
            (std::vector<http::Field>{{"date", "d"}, {"server", "s"}, {"content-type", "text/html"}}));
}

TEST(JsonOutput, DecodesBase64) {
  const auto response =
      decode_json_output(R"({"data":"//4","headers":{},"status":200,"kv":{},"base64":true})");
  ASSERT_TRUE(response);
  EXPECT_EQ(body_of(*response), "\xff\xfe");
}

TEST(JsonOutput, RefusesMoreHeadersThanAnyClientTakes) {
  const auto decode = [](int count) {
    std::string headers;
    for (int i = 0; i < count; ++i) headers += (i > 0 ? ",\"h" : "\"h") + std::to_string(i) + "\":\"\"";
    return decode_json_output("{\"data\":\"\",\"headers\":{" + headers + "},\"status\":200,\"kv\":{}}");
  };
  EXPECT_TRUE(decode(1000));
  ASSERT_FALSE(decode(1001));
  EXPECT_NE(decode(1001).error().message.find("more than 1000 headers"), std::string::npos);
}

struct BadCase {
  const char* output;
  const char* reason;
};

class JsonOutputRefuses : public ::testing::TestWithParam<BadCase> {};

TEST_P(JsonOutputRefuses, AndSaysWhy) {
  const auto response = decode_json_output(GetParam().output);
  ASSERT_FALSE(response) << GetParam().output;
  EXPECT_EQ(response.error().code, ErrorCode::kBadOutput);
  EXPECT_NE(response.error().message.find(GetParam().reason), std::string::npos) << response.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    All, JsonOutputRefuses,
    ::testing::Values(
        BadCase{"", "is empty"}, BadCase{"  \n", "is empty"}, BadCase{"hello", "not one JSON object"},
        BadCase{"content-type: text/html\n\nhello", "needs abi = \"cgi\""}, BadCase{"[]", "not an object"},
        BadCase{"\"x\"", "not an object"}, BadCase{"null", "not an object"},
        BadCase{"\xef\xbb\xbf{}", "byte order mark"},
        BadCase{R"({"headers":{},"status":200,"kv":{}})", "lacks the key \"data\""},
        BadCase{R"({"data":"","status":200,"kv":{}})", "lacks the key \"headers\""},
        BadCase{R"({"data":"","headers":{},"kv":{}})", "lacks the key \"status\""},
        BadCase{R"({"data":"","headers":{},"status":200})", "lacks the key \"kv\""},
        BadCase{R"({"data":null,"headers":{},"status":200,"kv":{}})", "\"data\" that is not a string"},
        BadCase{R"({"data":1,"headers":{},"status":200,"kv":{}})", "\"data\" that is not a string"},
        BadCase{
            R"({"data":"","headers":{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b":""},"status":200,"kv":{}})",
            "a...\" (92 bytes)"},
        BadCase{R"({"data":"","headers":[],"status":200,"kv":{}})", "\"headers\" that is not an object"},
        BadCase{R"({"data":"","headers":{"a":1},"status":200,"kv":{}})", "neither a string nor"},
        BadCase{R"({"data":"","headers":{"a":["b",1]},"status":200,"kv":{}})", "neither a string nor"},
        BadCase{R"({"data":"","headers":{"a b":"c"},"status":200,"kv":{}})", "header name"},
        BadCase{R"({"data":"","headers":{"":"c"},"status":200,"kv":{}})", "header name"},
        BadCase{R"({"data":"","headers":{"a":"b\r\nc: d"},"status":200,"kv":{}})", "value that HTTP"},
        BadCase{R"({"data":"","headers":{"a":"\u0000"},"status":200,"kv":{}})", "value that HTTP"},
        BadCase{R"({"data":"","headers":{},"status":"200","kv":{}})", "not a whole number"},
        BadCase{R"({"data":"","headers":{},"status":200.0,"kv":{}})", "not a whole number"},
        BadCase{R"({"data":"","headers":{},"status":-1,"kv":{}})", "not between"},
        BadCase{R"({"data":"","headers":{},"status":99,"kv":{}})", "not between"},
        BadCase{R"({"data":"","headers":{},"status":1000,"kv":{}})", "not between"},
        BadCase{R"({"data":"","headers":{},"status":200,"kv":[]})", "\"kv\" that is not an object"},
        BadCase{R"({"data":"","headers":{},"status":200,"kv":{"a":1}})", "in \"kv\""},
        BadCase{R"({"data":"","headers":{},"status":200,"kv":{},"base64":"true"})", "neither true nor false"},
        BadCase{R"({"data":"!","headers":{},"status":200,"kv":{},"base64":true})", "not base64"},
        BadCase{R"({"data":"","headers":{},"status":200,"kv":{},"data":""})", "twice"},
        BadCase{R"({"data":"","headers":{},"status":200,"kv":{}} x)", "not one JSON object"},
        BadCase{R"({"data":"","headers":{},"status":200,"kv":{}}{})", "not one JSON object"},
        BadCase{"{\"data\":\"\xff\",\"headers\":{},\"status\":200,\"kv\":{}}", "not one JSON object"}));

}  // namespace
}  // namespace wws::abi
