#include "server/access_log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/file.h"

namespace wws::server {
namespace {

struct Pipe {
  base::File in;
  base::File out;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
  return {base::File(ends[0]), base::File(ends[1])};
}

/// Lines that can be read without waiting.
std::uint64_t lines_in(const base::File& pipe) {
  std::uint64_t lines = 0;
  std::array<char, 65536> buffer{};
  for (ssize_t count = 0; (count = read(pipe.fd(), buffer.data(), buffer.size())) > 0;)
    lines += static_cast<std::uint64_t>(std::count(buffer.data(), buffer.data() + count, '\n'));
  return lines;
}

class AccessLogTest : public ::testing::Test {
 protected:
  void write(unsigned count) {
    for (unsigned i = 0; i < count; ++i) log_.write({"192.0.2.1", request_, 200});
  }

  http::Request request_;
  AccessLog log_;
};

TEST_F(AccessLogTest, CountsWhatAPipeThatNobodyReadsCannotTake) {
  Pipe pipe = make_pipe();
  log_.set_file(std::move(pipe.out));
  constexpr unsigned kLines = 100'000;  // far more than the pipe and the buffer hold
  write(kLines);
  const std::uint64_t dropped = log_.dropped();
  EXPECT_GT(dropped, kLines / 2);
  std::uint64_t read = 0;
  for (std::uint64_t now = 0; (now = lines_in(pipe.in)) > 0; log_.flush()) read += now;
  EXPECT_EQ(read + dropped, kLines);
  write(1);
  log_.flush();
  EXPECT_EQ(lines_in(pipe.in), 1U);
  EXPECT_EQ(log_.dropped(), dropped);
}

TEST_F(AccessLogTest, AnotherFileTakesWhatComes) {
  Pipe full = make_pipe();
  Pipe other = make_pipe();
  log_.set_file(std::move(full.out));
  write(50'000);
  const std::uint64_t dropped = log_.dropped();
  log_.set_file(std::move(other.out));
  write(10);
  log_.flush();
  EXPECT_EQ(lines_in(other.in), 10U);
  // What waited for the first is counted too.
  EXPECT_EQ(lines_in(full.in) + log_.dropped(), 50'000U);
  EXPECT_GT(log_.dropped(), dropped);
}

TEST_F(AccessLogTest, WritesNothingWhenItIsOff) {
  Pipe pipe = make_pipe();
  log_.set_file(std::move(pipe.out));
  log_.set(AccessFormat(), AccessLog::Lines::kOff);
  write(3);
  log_.flush();
  EXPECT_EQ(lines_in(pipe.in), 0U);
}

}  // namespace
}  // namespace wws::server
