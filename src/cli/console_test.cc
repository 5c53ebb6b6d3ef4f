#include "cli/console.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/file.h"

namespace wws::cli {
namespace {

std::string read_all(int fd) {
  std::string text;
  std::array<char, 65536> buffer{};
  for (ssize_t count = 0; (count = read(fd, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(count));
  return text;
}

/// The fault: a pipe that nobody reads stopped the server in the middle of its start lines.
TEST(ServerOutput, WaitsForNoReader) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const base::File reader(ends[0]);
  fcntl(reader.fd(), F_SETFL, O_NONBLOCK);
  base::File writer(ends[1]);
  ServerOutput output(writer.fd(), std::chrono::milliseconds(1));
  for (int i = 0; i < 10'000; ++i) output.say("a line of some length, for a route");
  EXPECT_GT(read_all(reader.fd()).size(), 30'000U);
  // Who reads again has what is said from then on.
  output.say("ready");
  EXPECT_EQ(read_all(reader.fd()), "ready\n");
}

TEST(ServerOutput, WritesLongLinesWhole) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const base::File reader(ends[0]);
  fcntl(reader.fd(), F_SETFL, O_NONBLOCK);
  base::File writer(ends[1]);
  const std::string line(20'000, 'x');
  ServerOutput(writer.fd()).say(line);
  EXPECT_EQ(read_all(reader.fd()), line + "\n");
}

}  // namespace
}  // namespace wws::cli
