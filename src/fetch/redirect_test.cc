#include "fetch/redirect.h"

#include <gtest/gtest.h>

namespace wws::fetch {
namespace {

const Origin kHere = {"https", "a.example", 443};
const Fields kFields = {
    {"Authorization", "secret"}, {"Cookie", "id=1"}, {"Content-Type", "text/plain"}, {"X-Own", "1"}};

TEST(Redirect, StatusesThatLeadElsewhere) {
  for (const int status : {301, 302, 303, 307, 308}) EXPECT_TRUE(is_redirect(status)) << status;
  for (const int status : {200, 201, 300, 304, 305, 306, 309, 400})
    EXPECT_FALSE(is_redirect(status)) << status;
}

TEST(Redirect, ChangesTheMethodAsBrowsersDo) {
  struct Case {
    const char* method;
    int status;
    const char* next;  ///< null: it cannot be followed, for its body
  };
  for (const Case& one : {Case{"POST", 301, "GET"}, Case{"POST", 302, "GET"}, Case{"POST", 303, "GET"},
                          Case{"PUT", 303, "GET"}, Case{"DELETE", 303, "GET"}, Case{"POST", 307, nullptr},
                          Case{"POST", 308, nullptr}, Case{"PUT", 301, nullptr}, Case{"PUT", 302, nullptr}}) {
    const auto hop = follow({one.method, kFields, true}, one.status, kHere, kHere);
    ASSERT_EQ(hop.has_value(), one.next != nullptr) << one.method << one.status;
    if (!hop) continue;
    EXPECT_EQ(hop->method, one.next);
    EXPECT_FALSE(hop->has_body);
    EXPECT_EQ(hop->fields, (Fields{{"Authorization", "secret"}, {"Cookie", "id=1"}, {"X-Own", "1"}}));
  }
  for (const int status : {301, 302, 303, 307, 308}) {
    EXPECT_EQ(follow({"HEAD", {}, false}, status, kHere, kHere)->method, "HEAD") << status;
    EXPECT_EQ(follow({"GET", kFields, false}, status, kHere, kHere)->fields, kFields) << status;
  }
  EXPECT_EQ(follow({"DELETE", {}, false}, 307, kHere, kHere)->method, "DELETE");
}

TEST(Redirect, TellsOtherOriginsNoSecrets) {
  for (const Origin& there : {Origin{"https", "b.example", 443}, Origin{"https", "a.example", 8443},
                              Origin{"http", "a.example", 443}, Origin{"https", "sub.a.example", 443}}) {
    const auto hop = follow({"GET", kFields, false}, 302, kHere, there);
    EXPECT_EQ(hop->fields, (Fields{{"Content-Type", "text/plain"}, {"X-Own", "1"}})) << there.host;
  }
}

}  // namespace
}  // namespace wws::fetch
