#include "abi/wws_json_input.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>
#include <vector>

#include "base/base64.h"
#include "base/utf8.h"

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

/// Bodies of every kind, around the sizes at which pieces begin and end.
std::vector<std::string> bodies() {
  std::string all;
  for (int byte = 0; byte < 0x80; ++byte) all += static_cast<char>(byte);
  const auto repeated = [](std::string_view pattern, std::size_t size) {
    std::string text;
    while (text.size() < size) text += pattern;
    text.resize(size);
    return text;
  };
  std::vector<std::string> result = {"", "x", all, std::string(300, '"')};
  for (const std::size_t size : {JsonInput::kPiece - 1, JsonInput::kPiece, JsonInput::kPiece + 1,
                                 2 * JsonInput::kPiece, 3 * JsonInput::kPiece + 7}) {
    result.push_back(repeated("plain text ", size));
    result.push_back(repeated(all, size));
    result.push_back(repeated("\x01", size));
    result.push_back(repeated("a\xff", size));
    // The last character may be cut, and so be no text.
    result.push_back(repeated("\xf0\x9f\x8d\xb5z\xc3\xa9\xe2\x82\xac", size));
    result.push_back(repeated("\xf0\x9f\x8d\xb5", size / 4 * 4));
  }
  return result;
}

/// The body as a worker finds it in `json`.
std::string body_in(const std::string& json) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  EXPECT_EQ(parser.parse(json).get(document), simdjson::SUCCESS) << json.substr(0, 200);
  std::string_view body;
  EXPECT_EQ(document["body"].get(body), simdjson::SUCCESS);
  bool is_base64 = false;
  if (document["base64"].get(is_base64) != simdjson::SUCCESS) return std::string(body);
  return base::base64_decode(body).value_or("no base64");
}

TEST(JsonInput, GivesEveryBodyAsItWas) {
  for (const std::string& body : bodies()) {
    http::Request request;
    request.body = body;
    const std::string json = encode_json_input(request, {"/", {}});
    EXPECT_TRUE(body_in(json) == body) << body.size() << " bytes: " << body.substr(0, 20);
    EXPECT_EQ(json.ends_with("\"base64\":true}"), !base::is_utf8(body));
  }
}

// A body of 16 MiB was looked at and encoded in one go, and everybody waited for it.
TEST(JsonInput, IsLookedAtInPartsOfAnySizeWithTheSameResult) {
  for (const std::string& body : bodies()) {
    http::Request request;
    request.body = body;
    for (const std::size_t bytes : {0, 16, 17, 18, 19, 1000}) {
      JsonInput input(request, {"/", {}});
      std::size_t calls = 1;
      while (input.prepare(bytes) == JsonInput::Progress::kMore) ++calls;
      EXPECT_LE(calls, body.size() / 12 + 1);
      std::string json;
      for (auto piece = input.next(); !piece.empty(); piece = input.next()) json += piece;
      EXPECT_TRUE(json == encode_json_input(request, {"/", {}})) << body.size() << " bytes by " << bytes;
    }
  }
}

// Bodies of control characters were held as JSON, six times as large, beside the body itself.
TEST(JsonInput, HoldsOnePieceWhateverTheBody) {
  for (const std::string& body : bodies()) {
    http::Request request;
    request.body = body;
    JsonInput input(request, {"/", {}});
    while (input.prepare(JsonInput::kSlice) == JsonInput::Progress::kMore) {
    }
    for (auto piece = input.next(); !piece.empty(); piece = input.next()) {
      EXPECT_LE(piece.size(), 6 * JsonInput::kPiece + 200);
    }
    EXPECT_TRUE(input.next().empty()) << "it stays at its end";
  }
}

}  // namespace
}  // namespace wws::abi
