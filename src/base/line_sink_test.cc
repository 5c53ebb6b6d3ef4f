#include "base/line_sink.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"

namespace wws::base {
namespace {

using std::chrono::milliseconds;
constexpr std::size_t kSmall = 4096;

std::string notice(std::uint64_t dropped) { return "notice " + std::to_string(dropped); }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

/// What can be read without waiting.
std::string read_waiting(int fd) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t count = 0; (count = read(fd, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(count));
  return text;
}

/// Two ends: what is written to the one is read from the other.
struct Ends {
  File in;
  File out;
};

Ends make_pipe() {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  return {File(ends[0]), File(ends[1])};
}

Ends make_socket_pair() {
  std::array<int, 2> ends{};
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  return {File(ends[0]), File(ends[1])};
}

Ends make_terminal() {
  Ends ends{File(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)), File()};
  EXPECT_EQ(grantpt(ends.in.fd()), 0);
  EXPECT_EQ(unlockpt(ends.in.fd()), 0);
  ends.out = File(open(ptsname(ends.in.fd()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  return ends;
}

/// As in the program: a closed pipe is an error.
struct NoSignals {
  NoSignals() { std::signal(SIGPIPE, SIG_IGN); }
  ~NoSignals() { std::signal(SIGPIPE, SIG_DFL); }
};

/// Puts numbered lines until one is dropped. Returns how many were put.
unsigned put_until_dropped(BufferedSink& sink) {
  unsigned count = 0;
  while (sink.dropped() == 0) sink.put("line " + std::to_string(count++));
  return count;
}

class Unread : public testing::TestWithParam<std::function<Ends()>> {};
INSTANTIATE_TEST_SUITE_P(EachKind, Unread, testing::Values(&make_pipe, &make_socket_pair, &make_terminal));

// A log that nobody read stopped the server at the first line that did not fit into the pipe.
TEST_P(Unread, HoldsNobodyUp) {
  const Ends ends = GetParam()();
  const File others(fcntl(ends.out.fd(), F_DUPFD_CLOEXEC, 0));
  BufferedSink sink(Output(ends.out.fd()), kSmall, &notice);
  const unsigned first = put_until_dropped(sink);
  for (unsigned i = 0; i < 99; ++i) sink.put("too much");
  EXPECT_EQ(sink.dropped(), 100U);
  // What the shell and other processes have open stays as it was.
  EXPECT_EQ(fcntl(others.fd(), F_GETFL) & O_NONBLOCK, 0);

  std::string text = read_waiting(ends.in.fd());
  while (sink.sleep_limit()) {
    sink.flush();
    text += read_waiting(ends.in.fd());
  }
  sink.put("later");
  sink.flush();
  text += read_waiting(ends.in.fd());
  std::erase(text, '\r');  // a terminal's
  const auto lines = lines_of(text);
  ASSERT_EQ(lines.size(), first - 1 + 2);
  for (unsigned i = 0; i + 1 < first; ++i) ASSERT_EQ(lines[i], "line " + std::to_string(i));
  EXPECT_EQ(lines[first - 1], "notice 100");
  EXPECT_EQ(lines[first], "later");
}

TEST_P(Unread, IsGivenUpWhenTheReaderIsGone) {
  const NoSignals no_signals;
  Ends ends = GetParam()();
  BufferedSink sink(Output(ends.out.fd()), kSmall, &notice);
  ends.in.close();
  for (unsigned i = 0; i < 10; ++i) {
    sink.put("nobody");
    sink.flush();
  }
  EXPECT_TRUE(sink.is_empty());
  EXPECT_FALSE(sink.sleep_limit());
  EXPECT_EQ(sink.dropped(), 10U);
}

TEST(BufferedSink, TellsANewReaderWhatTheOldOneMissed) {
  const NoSignals no_signals;
  const std::string name = testing::TempDir() + "wws-fifo-" + std::to_string(getpid());
  ASSERT_EQ(mkfifo(name.c_str(), 0600), 0);
  File reader(open(name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const File writer(open(name.c_str(), O_WRONLY | O_CLOEXEC));
  BufferedSink sink(Output(writer.fd()), kSmall, &notice);
  reader.close();
  for (unsigned i = 0; i < 3; ++i) {
    sink.put("missed");
    sink.flush();
  }
  reader = File(open(name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  unlink(name.c_str());
  sink.put("seen");
  sink.flush();
  EXPECT_EQ(read_waiting(reader.fd()), "notice 3\nseen\n");
}

TEST(BufferedSink, KeepsWhatADiskHasNoRoomFor) {
  const File full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  BufferedSink sink(Output(full.fd()), kSmall, &notice);
  sink.put("a line");
  sink.flush();
  EXPECT_FALSE(sink.is_empty());
  EXPECT_TRUE(sink.sleep_limit());
  EXPECT_GT(put_until_dropped(sink), 100U);
}

// A limit on the size of files ended the process by a signal.
TEST(BufferedSink, SurvivesALimitOnTheSizeOfFiles) {
  const pid_t pid = fork();
  if (pid == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {1000, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &limit);
    std::string name = testing::TempDir() + "wws-full-XXXXXX";
    const File file(mkostemp(name.data(), O_CLOEXEC));
    unlink(name.c_str());
    BufferedSink sink(Output(file.fd()), kSmall, &notice);
    for (unsigned i = 0; i < 1000; ++i) {
      sink.put("a line of the log");
      sink.flush();
    }
    struct stat status{};
    _exit(fstat(file.fd(), &status) == 0 && status.st_size == 1000 && sink.dropped() > 0 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}

TEST(BufferedSink, AsksFirstWhereItCannotOpenThePipeAnew) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become someone else";
  const Ends ends = make_pipe();
  const pid_t pid = fork();
  if (pid == 0) {
    if (setresuid(65534, 65534, 65534) != 0) _exit(1);
    BufferedSink sink(Output(ends.out.fd()), kSmall, &notice);
    if ((fcntl(ends.out.fd(), F_GETFL) & O_NONBLOCK) != 0) _exit(2);
    put_until_dropped(sink);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  EXPECT_GT(read_waiting(ends.in.fd()).size(), 60'000U);
}

TEST(BufferedSink, DoesNotMixTheLinesOfSeveralProcesses) {
  constexpr unsigned kWriters = 4;
  constexpr unsigned kLines = 2000;
  Ends ends = make_pipe();
  for (unsigned writer = 0; writer < kWriters; ++writer) {
    if (fork() != 0) continue;
    BufferedSink sink(Output(ends.out.fd()), std::size_t{1} << 20, &notice);
    for (unsigned i = 0; i < kLines; ++i) sink.put(std::string(i % 300 + 1, static_cast<char>('a' + writer)));
    while (!sink.is_empty()) {
      usleep(100);
      sink.flush();
    }
    _exit(0);
  }
  ends.out.close();
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t count = 0; (count = read(ends.in.fd(), buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(count));
  while (wait(nullptr) > 0) {
  }
  const auto lines = lines_of(text);
  EXPECT_EQ(lines.size(), kWriters * kLines);
  for (const std::string& line : lines)
    ASSERT_EQ(line.find_first_not_of(line.front()), std::string::npos) << line;
}

/// A line that nobody waits for, as those of the access log.
void take(BufferedSink& sink, std::string_view line) {
  std::ranges::copy(line, sink.room(line.size()));
  sink.take(line.size());
}

// Each turn of a loop wrote what there was, a few lines at a time: most of what an access log costs.
TEST(BufferedSink, ALineLeavesAtOnceAndThoseThatFollowTogether) {
  const Ends ends = make_pipe();
  BufferedSink sink(Output(ends.out.fd()), std::size_t{1} << 17, &notice);
  ManualClock clock;
  EXPECT_FALSE(sink.sleep_limit());
  take(sink, "one\n");
  EXPECT_TRUE(sink.sleep_limit());
  sink.flush_if_due(clock.now());
  EXPECT_EQ(read_waiting(ends.in.fd()), "one\n");
  take(sink, "two\n");
  sink.flush_if_due(clock.now());
  const Duration hold = *sink.sleep_limit();
  EXPECT_GE(hold, milliseconds(20));
  EXPECT_LE(hold, milliseconds(100));
  clock.advance(hold / 2);
  take(sink, "three\n");
  sink.flush_if_due(clock.now());
  EXPECT_EQ(read_waiting(ends.in.fd()), "");
  clock.advance(hold / 2);
  sink.flush_if_due(clock.now());
  EXPECT_EQ(read_waiting(ends.in.fd()), "two\nthree\n");
}

TEST(BufferedSink, TakesWhatItHoldsAlongWithALineThatSomebodyWaitsFor) {
  const Ends ends = make_pipe();
  BufferedSink sink(Output(ends.out.fd()), std::size_t{1} << 17, &notice);
  ManualClock clock;
  take(sink, "one\n");
  sink.flush_if_due(clock.now());
  take(sink, "two\n");
  EXPECT_FALSE(sink.is_awaited());
  sink.put("three");
  EXPECT_TRUE(sink.is_awaited());
  EXPECT_LE(*sink.sleep_limit(), milliseconds(2));
  clock.advance(*sink.sleep_limit());
  sink.flush_if_due(clock.now());
  EXPECT_FALSE(sink.is_awaited());
  EXPECT_EQ(read_waiting(ends.in.fd()), "one\ntwo\nthree\n");
}

TEST(BufferedSink, ManyLinesLeaveAtOnce) {
  const Ends ends = make_pipe();
  BufferedSink sink(Output(ends.out.fd()), std::size_t{1} << 17, &notice);
  while (!sink.sleep_limit() || read_waiting(ends.in.fd()).empty()) sink.put(std::string(99, 'x'));
}

TEST(BufferedSink, AsksLessAndLessOftenOfWhoDoesNotRead) {
  const Ends ends = make_pipe();
  BufferedSink sink(Output(ends.out.fd()), kSmall, &notice);
  put_until_dropped(sink);
  sink.flush();
  Duration last = *sink.sleep_limit();
  for (unsigned i = 0; i < 20; ++i) {
    sink.flush();
    EXPECT_GE(*sink.sleep_limit(), last);
    last = *sink.sleep_limit();
  }
  EXPECT_GT(last, milliseconds(100));
  EXPECT_LT(last, milliseconds(200));
}

TEST(BufferedSink, WritesALongLineWhole) {
  const Ends ends = make_pipe();
  BufferedSink sink(Output(ends.out.fd()), std::size_t{1} << 18, &notice);
  const std::string lines = "first\n" + std::string(150'000, 'x') + "\nlast\n";
  for (const std::string& line : lines_of(lines)) sink.put(line);
  std::string text;
  while (!sink.is_empty()) {
    sink.flush();
    text += read_waiting(ends.in.fd());
  }
  EXPECT_EQ(text, lines);
}

TEST(DirectSink, WaitsForItsReader) {
  const Ends ends = make_pipe();
  const pid_t pid = fork();
  if (pid == 0) {
    // Whoever started us left it so: a line that does not fit at once was lost.
    fcntl(ends.out.fd(), F_SETFL, O_NONBLOCK);
    DirectSink sink(ends.out.fd());
    sink.put(std::string(200'000, 'x'));
    _exit(0);
  }
  std::string text;
  while (text.size() < 200'001) text += read_waiting(ends.in.fd());
  EXPECT_EQ(text, std::string(200'000, 'x') + "\n");
  EXPECT_EQ(waitpid(pid, nullptr, 0), pid);
}

}  // namespace
}  // namespace wws::base
