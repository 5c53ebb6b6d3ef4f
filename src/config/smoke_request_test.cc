#include "config/smoke_request.h"

#include <gtest/gtest.h>

#include "config/project_config.h"

namespace wws::config {
namespace {

TEST(SmokeRequest, SaysWhatIsAskedAndWanted) {
  const auto request = parse_smoke_request("GET /health?full=1 200");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(*request, (SmokeRequest{"GET", "/health?full=1", 200, 200}));
  EXPECT_TRUE(request->wants(200));
  EXPECT_FALSE(request->wants(201));
  EXPECT_EQ(name_of(*request), "GET /health?full=1");
  EXPECT_EQ(status_text(*request), "200");
  const auto of_class = parse_smoke_request("POST / 3xx");
  ASSERT_TRUE(of_class);
  EXPECT_EQ(*of_class, (SmokeRequest{"POST", "/", 300, 399}));
  EXPECT_EQ(status_text(*of_class), "3xx");
  EXPECT_TRUE(parse_smoke_request("GET / 599"));
}

TEST(SmokeRequest, ThatIsNoneIsRefused) {
  for (const std::string_view text :
       {"",           "GET",          "GET /",     "/ 200",          "GET  / 200",    " GET / 200",
        "GET / 200 ", "GET / 2xx OK", "G:T / 200", "GET health 200", "GET /\x01 200", "GET /\xc3\xa4 200",
        "GET\t/ 200", "GET / 100",    "GET / 600", "GET / 20",       "GET / 2000",    "GET / 2x0",
        "GET / 1xx",  "GET / 2XX",    "GET / -20"})
    EXPECT_FALSE(parse_smoke_request(text)) << text;
}

TEST(ReloadConfig, TakesOneRequestOrMany) {
  Diagnostics diagnostics;
  const auto one = parse_project_config("[reload]\nsmoke = \"GET /a 200\"\n", "wws.toml", diagnostics);
  ASSERT_EQ(one.reload.smoke.size(), 1U);
  EXPECT_EQ(one.reload.time_limit, std::chrono::seconds(10));
  EXPECT_EQ(one.reload.probation, std::chrono::seconds(60));
  const auto many = parse_project_config(
      "[reload]\nsmoke = [\"GET /a 200\", \"GET /b 2xx\"]\ntime_limit = \"250ms\"\nprobation = \"0s\"\n",
      "wws.toml", diagnostics);
  ASSERT_EQ(many.reload.smoke.size(), 2U);
  EXPECT_EQ(many.reload.smoke[1].path, "/b");
  EXPECT_EQ(many.reload.time_limit, std::chrono::milliseconds(250));
  EXPECT_EQ(many.reload.probation, base::Duration(0));
  EXPECT_TRUE(parse_project_config("", "wws.toml", diagnostics).reload.smoke.empty());
  EXPECT_TRUE(diagnostics.empty());
}

}  // namespace
}  // namespace wws::config
