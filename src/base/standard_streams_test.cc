#include "base/standard_streams.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <string>

#include "base/file.h"
#include "base/line_sink.h"
#include "base/log.h"
#include "base/output.h"

namespace wws::base {
namespace {

/// A child process with buffered streams: what it wrote to standard error, and its status as of waitpid.
struct Ended {
  std::string errors;
  int status = 0;
};

Ended end_of(const std::function<void()>& work) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const File in(ends[0]);
  File out(ends[1]);
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(out.fd(), STDERR_FILENO);
    {
      const BufferedStreams streams(BufferedStreams::Capacity::kOfServing);
      standard_error().put("said");
      work();
    }
    _exit(0);
  }
  out.close();
  Ended ended;
  EXPECT_EQ(waitpid(pid, &ended.status, 0), pid);
  std::array<char, 4096> buffer{};
  for (ssize_t count = 0; (count = read(in.fd(), buffer.data(), buffer.size())) > 0;)
    ended.errors.append(buffer.data(), static_cast<std::size_t>(count));
  return ended;
}

TEST(BufferedStreams, WriteWhatTheyHoldAtTheEnd) {
  const Ended ended = end_of([] {});
  EXPECT_EQ(ended.errors, "said\n");
  EXPECT_EQ(ended.status, 0);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

TEST(BufferedStreams, WriteWhatTheyHoldWhenTheProcessDies) {
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE}) {
    const Ended ended = end_of([number] { std::raise(number); });
    EXPECT_EQ(ended.errors, "said\n") << number;
    EXPECT_TRUE(WIFSIGNALED(ended.status)) << number;
    EXPECT_EQ(WTERMSIG(ended.status), number);
  }
}

// The lines of the access log that a process had not written were missing when it died.
TEST(BufferedStreams, AnotherSinkHasItsLastWordsToo) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
  const File in(ends[0]);
  const File out(ends[1]);
  for (const bool is_gone : {false, true}) {
    const Ended ended = end_of([&] {
      BufferedSink sink(Output(out.fd()), 4096, [](std::uint64_t) { return std::string(); });
      keep_for_last_words(&sink);
      sink.put("answered");
      if (is_gone) keep_for_last_words(nullptr);
      std::raise(SIGSEGV);
    });
    EXPECT_EQ(ended.errors, "said\n");
    std::array<char, 64> buffer{};
    EXPECT_EQ(read(in.fd(), buffer.data(), buffer.size()), is_gone ? -1 : 9);
  }
}

#endif

TEST(BufferedStreams, HoldAnInformationAndSendAWarning) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
  const File in(ends[0]);
  const File out(ends[1]);
  const File before(dup(STDERR_FILENO));
  dup2(out.fd(), STDERR_FILENO);
  {
    const BufferedStreams streams(BufferedStreams::Capacity::kOfServing);
    char byte = 0;
    log::info("an information");
    EXPECT_TRUE(standard_streams_sleep_limit());
    EXPECT_LT(read(in.fd(), &byte, 1), 0);
    log::warn("a warning");
    EXPECT_FALSE(standard_streams_sleep_limit());
    EXPECT_EQ(read(in.fd(), &byte, 1), 1);
  }
  dup2(before.fd(), STDERR_FILENO);
}

}  // namespace
}  // namespace wws::base
