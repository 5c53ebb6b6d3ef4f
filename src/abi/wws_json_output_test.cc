#include "abi/wws_json_output.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

namespace wws::abi {
namespace {

std::string body_of(const http::Response& response) { return std::get<std::string>(response.body); }

TEST(JsonOutput, ReadsAPlainAnswer) {
  const auto answer = decode_json_output(R"( {"data":"hi","headers":{},"status":200,"kv":{}} )"
                                         "\n");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->response.status, 200);
  EXPECT_EQ(body_of(answer->response), "hi");
  EXPECT_EQ(answer->response.fields, (std::vector<http::Field>{{"content-type", "text/html"}}));
}

TEST(JsonOutput, ReadsHeadersOfEveryForm) {
  const auto answer = decode_json_output(
      R"({"data":"","headers":{"Content_Type":"a/b","Set-Cookie":["a=1","b=2"],"X":" é "},"status":418,"kv":{"k":"v"},"more":[1]})");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->response.status, 418);
  EXPECT_EQ(answer->response.fields,
            (std::vector<http::Field>{
                {"content-type", "a/b"}, {"set-cookie", "a=1"}, {"set-cookie", "b=2"}, {"x", "é"}}));
}

TEST(JsonOutput, LeavesOutWhatFramesTheMessage) {
  const auto answer = decode_json_output(
      R"({"data":"","headers":{"Content-Length":"9","transfer_encoding":"chunked","Connection":"x","date":"d","server":"s"},"status":200,"kv":{}})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->response.fields,
            (std::vector<http::Field>{{"date", "d"}, {"server", "s"}, {"content-type", "text/html"}}));
}

TEST(JsonOutput, DecodesBase64) {
  const auto answer = decode_json_output(R"({"data":"//4","headers":{},"status":200,"kv":{},"base64":true})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(body_of(answer->response), "\xff\xfe");
}

TEST(JsonOutput, HandsOnTheMap) {
  const auto answer = decode_json_output(R"({"data":"","headers":{},"status":200,"kv":{"a":"1","ü\n":""}})");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->kv, (JsonAnswer::Map{{"a", "1"}, {"ü\n", ""}}));
}

std::string with(const std::string& key_and_value) {
  return "{\"data\":\"x\"," + key_and_value + ",\"headers\":{},\"status\":200,\"kv\":{}}";
}

// A worker whose output had a large number, or deep nesting, beside what we read was answered with 500; the
// original took it.
TEST(JsonOutput, TakesAnyJsonOfOtherKeys) {
  const std::string deep = std::string(9'990, '[') + std::string(9'990, ']');
  for (const std::string& more :
       {std::string("\"n\":123456789012345678901234567890"), std::string("\"n\":-1e999999"),
        std::string("\"n\":[1,{\"status\":1e999}]"), std::string("\"u\":\"\\ud800\""), "\"deep\":" + deep,
        std::string("\"a\" : [ ] , \"b\" : { } , \"c\" : [ true , false , null , -0.5E+3 ]"),
        std::string("\"n\":1e999,\"n\":1e999")}) {
    const auto answer = decode_json_output(with(more));
    ASSERT_TRUE(answer) << answer.error().message << " " << more.substr(0, 60);
    EXPECT_EQ(body_of(answer->response), "x");
  }
}

TEST(JsonOutput, RefusesOtherKeysThatHoldNoJson) {
  for (const char* more :
       {R"("n":1e999,"a":01)", R"("n":1e999,"a":[1,])", R"("n":1e999,"a":{"b":1,})", R"("n":1e999,"a":[1 2])",
        R"("n":1e999,"a":"\x")", R"("n":1e999,"a":"\u00g0")", R"("n":1e999,"a":1.)", R"("n":1e999,"a":.5)",
        R"("n":1e999,"a":+1)", R"("n":1e999,"a":-)", R"("n":1e999,"a":1e)", R"("n":1e999,"a":NaN)",
        R"("n":1e999,"a":[1})", R"("n":1e999,"a":{"b"})", R"("n":1e999,a:1)", R"("n":1e999,)",
        "\"n\":1e999,\"a\":\"\n\"", "\"n\":1e999,\"a\":\"\xff\""}) {
    EXPECT_FALSE(decode_json_output(with(more))) << more;
  }
  EXPECT_FALSE(decode_json_output(with("\"n\":1e999") + "x"));
  EXPECT_FALSE(decode_json_output(R"({"n":1e999)"));
  EXPECT_FALSE(
      decode_json_output(R"({"n":1e999,"d\u0061ta":"","data":"","headers":{},"status":200,"kv":{}})"));
}

TEST(JsonOutput, NamesTheDeepestNesting) {
  const auto answer = decode_json_output(with("\"deep\":" + std::string(100'000, '[')));
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("deeper than 10000 levels"), std::string::npos)
      << answer.error().message;
}

// A worker that printed something before its answer was told of a "tape error".
TEST(JsonOutput, ShowsWhatStandsBeforeTheObject) {
  const auto message = [](std::string_view output) { return decode_json_output(output).error().message; };
  EXPECT_EQ(message("\n connected\t\x1b[0m\n{\"data\":\"\"}"),
            "the worker's output is not one JSON object: it begins with "
            "\"connected\\x09\\x1b[0m\\x0a{\"data\":\"\"}\": only the "
            "answer belongs on standard output, and on standard error what is for the log");
  EXPECT_NE(message(std::string(1000, 'x')).find("\"" + std::string(40, 'x') + "...\""), std::string::npos);
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
