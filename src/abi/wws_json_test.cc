#include "abi/wws_json.h"

#include <gtest/gtest.h>

#include <string>
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

}  // namespace
}  // namespace wws::abi
