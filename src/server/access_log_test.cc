#include "server/access_log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <string>

#include "base/file.h"

namespace wws::server {
namespace {

/// What `work` writes to standard error.
std::string errors_of(const std::function<void()>& work) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const base::File in(ends[0]);
  base::File out(ends[1]);
  const base::File before(dup(STDERR_FILENO));
  dup2(out.fd(), STDERR_FILENO);
  work();
  dup2(before.fd(), STDERR_FILENO);
  out.close();
  std::string text(65536, '\0');
  const ssize_t count = read(in.fd(), text.data(), text.size());
  text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return text;
}

std::string line_of(const http::Request& request, base::Duration duration = std::chrono::microseconds(1234)) {
  const base::WallTime time{std::chrono::seconds(1'700'000'000)};
  return errors_of([&] { log_access({"192.0.2.1", request, 200, 5, duration, time}); });
}

http::Request request_of(std::string_view target) {
  http::Request request;
  request.method = "GET";
  request.target = target;
  return request;
}

TEST(AccessLog, IsTheCombinedFormatAndTheDuration) {
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
TEST(AccessLog, LetsNoTextEndItsField) {
  http::Request request = request_of("/");
  request.fields = {{"user-agent", "a\\"}, {"referer", "\" 200 \\\" \n\x1b\x80\xc2\x85é"}};
  EXPECT_EQ(line_of(request),
            "192.0.2.1 - - [14/Nov/2023:22:13:20 +0000] \"GET / HTTP/1.1\" 200 5 "
            "\"\\\" 200 \\\\\\\" \\x0a\\x1b\\x80\\xc2\\x85é\" \"a\\\\\" 0.001234\n");
}

TEST(AccessLog, TakesTheLongestTexts) {
  const std::string target(std::size_t{12} << 10, '\x01');
  const std::string line = line_of(request_of(target));
  EXPECT_EQ(line.size(),
            std::string("192.0.2.1 - - [14/Nov/2023:22:13:20 +0000] \"GET  HTTP/1.1\" 200 5 \"-\" "
                        "\"-\" 0.001234\n")
                    .size() +
                4 * target.size());
}

}  // namespace
}  // namespace wws::server
