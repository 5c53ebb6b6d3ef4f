#include "supervisor/compilation.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace wws::supervisor {
namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

/// A module with the functions wws_init and wws_handle, and the beginning of a custom section of two bytes.
constexpr std::string_view kNativeWithInit =
    "\0asm\1\0\0\0\1\4\1\x60\0\0\3\3\2\0\0\7\x19\2\x8wws_init\0\0\xawws_handle\0\1\xa\7\2\2\0\xb\2\0\xb\0\2\1"sv;

/// Compile children that do what a test says, in a loop that the test turns.
class CompilationTest : public ::testing::Test {
 protected:
  CompilationTest() {
    base::log::set_level(base::log::Level::kOff);
    std::string name = (fs::temp_directory_path() / "wws-compilation-XXXXXX").string();
    root_ = mkdtemp(name.data());
  }
  ~CompilationTest() override { fs::remove_all(root_); }

  using Start = Compilation::Start;

  /// Compiles `count` modules in children that do `work`, one after another; they may take until `deadline`.
  void compile(unsigned count, std::function<void()> work, base::Instant deadline) {
    compile(count, [this, work = std::move(work), deadline](const runtime::CompileJob& job) {
      return start(job, work, deadline);
    });
  }
  /// The same with children that a test starts. What is put off is tried again at once.
  void compile(unsigned count, Start start) {
    std::vector<runtime::Source> sources;
    for (unsigned i = 0; i < count; ++i) {
      sources.push_back(runtime::wasm_source(std::to_string(i) + ".wasm"));
      std::ofstream(root_ / sources.back().file) << std::string(preamble_) << i;
    }
    loader_ = std::make_unique<runtime::ModuleLoader>(root_, sources, root_ / "cache");
    compilation_ = std::make_unique<Compilation>(context_, *loader_, 1, base::Duration(0), std::move(start),
                                                 [this](std::uint32_t module) { done_.push_back(module); });
    compilation_->start();
  }

  Result<runtime::CompileChild> start(const runtime::CompileJob& job, const std::function<void()>& work,
                                      base::Instant deadline) {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    const pid_t pid = fork();
    if (pid == 0) {
      close(ends[0]);
      dup2(ends[1], STDERR_FILENO);
      close(ends[1]);
      work();
      _exit(1);
    }
    close(ends[1]);
    pid_ = pid;
    return runtime::CompileChild(std::move(*runtime::ChildProcess::adopt(pid)), job.step, base::File(ends[0]),
                                 deadline);
  }

  void turn() {
    context_.restart();
    context_.poll();
  }
  void run_until_done() {
    context_.restart();
    while (!compilation_->is_done() && context_.run_one() > 0) {
    }
  }
  /// Until the child is dead, and not waited for yet.
  void await_end() const {
    siginfo_t info{};
    while (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) != 0) {
    }
  }
  [[nodiscard]] std::string error_of(std::uint32_t module) const {
    const auto& files = loader_->files(module);
    return files && !*files ? files->error().message : "";
  }

  static base::Instant soon() { return base::SystemClock().now() - std::chrono::seconds(1); }
  static base::Instant late() { return base::SystemClock().now() + std::chrono::hours(1); }

  boost::asio::io_context context_{1};
  fs::path root_;
  std::string preamble_{"\0asm\1\0\0\0\0\2\1", 11};  ///< of the modules' files; a number follows
  std::unique_ptr<runtime::ModuleLoader> loader_;
  std::unique_ptr<Compilation> compilation_;
  std::vector<std::uint32_t> done_;
  pid_t pid_ = -1;
};

TEST_F(CompilationTest, TakesWhatChildrenSayAboutTheirEnd) {
  compile(3, [] { [[maybe_unused]] const auto written = write(STDERR_FILENO, "no good\n", 8); }, late());
  run_until_done();
  EXPECT_EQ(done_, (std::vector<std::uint32_t>{0, 1, 2}));
  for (std::uint32_t module = 0; module < 3; ++module) EXPECT_EQ(error_of(module), "no good");
}

/// The supervisor was stopped across a child's deadline. When it went on, the child's end and its deadline
/// were ready at once: the one freed what the other used, and SIGKILL went to a number that was no child's.
TEST_F(CompilationTest, TakesAnEndAndADeadlineThatAreReadyAtOnce) {
  compile(1, [] {}, soon());
  await_end();
  turn();
  EXPECT_EQ(done_, std::vector<std::uint32_t>{0});
  EXPECT_TRUE(compilation_->is_done());
}

TEST_F(CompilationTest, EndsAChildThatIsLate) {
  compile(1, [] { pause(); }, soon());
  run_until_done();
  EXPECT_NE(error_of(0).find("took too much time"), std::string::npos) << error_of(0);
}

TEST_F(CompilationTest, DoesNotCallAKillFromOutsideALackOfTime) {
  compile(1, [] { raise(SIGKILL); }, late());
  run_until_done();
  EXPECT_NE(error_of(0).find("killed from outside"), std::string::npos) << error_of(0);
}

/// A child that closed its standard error and lived on stopped the supervisor: it waited for the child's end.
TEST_F(CompilationTest, DoesNotWaitForAChildThatFallsSilent) {
  const auto falls_silent = [] {
    close(STDERR_FILENO);
    pause();
  };
  compile(1, falls_silent, late());
  context_.run_one();  // the end of what it says
  EXPECT_FALSE(compilation_->is_done());
  kill(pid_, SIGTERM);
  run_until_done();
  EXPECT_EQ(done_, std::vector<std::uint32_t>{0});
}

/// What the system lacked for a moment made a route answer 500 until the next start.
TEST_F(CompilationTest, TriesAgainWhenTheSystemHasNoMeans) {
  unsigned starts = 0;
  compile(2, [&](const runtime::CompileJob& job) -> Result<runtime::CompileChild> {
    if (++starts <= 3) return fail(ErrorCode::kIo, "no process");
    return start(job, [] { _exit(0); }, late());
  });
  EXPECT_TRUE(done_.empty());
  EXPECT_FALSE(compilation_->is_done());
  run_until_done();
  EXPECT_EQ(starts, 5U);
  ASSERT_EQ(done_.size(), 2U);
  for (std::uint32_t module = 0; module < 2; ++module) EXPECT_EQ(error_of(module), "");
}

TEST_F(CompilationTest, GivesUpAfterSomeTries) {
  unsigned starts = 0;
  compile(1, [&](const runtime::CompileJob&) -> Result<runtime::CompileChild> {
    ++starts;
    return fail(ErrorCode::kIo, "no process");
  });
  run_until_done();
  EXPECT_EQ(starts, 1 + Compilation::kMostTriesAgain);
  EXPECT_EQ(done_, std::vector<std::uint32_t>{0});
  EXPECT_EQ(error_of(0), "no process");
}

TEST_F(CompilationTest, TriesAgainWhenAChildSaysThatItHadNoMeans) {
  unsigned starts = 0;
  compile(1, [&](const runtime::CompileJob& job) {
    return start(job, [&] { _exit(starts == 2 ? 0 : 2); }, (++starts, late()));
  });
  run_until_done();
  EXPECT_EQ(starts, 2U);
  EXPECT_EQ(error_of(0), "");
}

TEST_F(CompilationTest, NeverTriesABadModuleAgain) {
  unsigned starts = 0;
  compile(1, [&](const runtime::CompileJob& job) {
    ++starts;
    return start(job, [] {}, late());
  });
  run_until_done();
  EXPECT_EQ(starts, 1U);
}

/// That there can be no snapshot would be kept in the cache, for ever.
TEST_F(CompilationTest, DoesNotGoOnWithoutASnapshotWhenTheSystemHasNoMeans) {
  preamble_ = kNativeWithInit;
  std::vector<runtime::CompileStep> steps;
  compile(1, [&](const runtime::CompileJob& job) -> Result<runtime::CompileChild> {
    if (job.step == runtime::CompileStep::kCode) {
      const auto compiles = [&] {
        [[maybe_unused]] const ssize_t written = write(job.output.fd(), "code", 4);
        _exit(0);
      };
      return start(job, compiles, late());
    }
    steps.push_back(job.step);
    return fail(ErrorCode::kIo, "no process");
  });
  run_until_done();
  EXPECT_EQ(steps, std::vector(1 + Compilation::kMostTriesAgain, runtime::CompileStep::kSnapshot));
  EXPECT_EQ(error_of(0), "no process");
}

TEST_F(CompilationTest, WaitsForAChildThatIsOnItsWay) {
  bool is_ready = false;
  compile(2, [&](const runtime::CompileJob& job) -> Result<runtime::CompileChild> {
    if (!is_ready) return fail(ErrorCode::kOverloaded, "on its way");
    return start(
        job, [] { [[maybe_unused]] const auto written = write(STDERR_FILENO, "no good", 7); }, late());
  });
  turn();
  EXPECT_TRUE(done_.empty());
  EXPECT_FALSE(compilation_->is_done());
  is_ready = true;
  compilation_->children_are_ready();
  run_until_done();
  EXPECT_EQ(done_, (std::vector<std::uint32_t>{0, 1})) << "in their order";
  EXPECT_EQ(error_of(0), "no good");
}

TEST_F(CompilationTest, DoesNotTryAgainWhenItIsDestroyedMeanwhile) {
  unsigned starts = 0;
  compile(1, [&](const runtime::CompileJob&) -> Result<runtime::CompileChild> {
    ++starts;
    return fail(ErrorCode::kIo, "no process");
  });
  compilation_.reset();
  turn();
  EXPECT_EQ(starts, 1U);
  EXPECT_TRUE(done_.empty());
}

TEST_F(CompilationTest, KillsItsChildrenAndCallsNobodyWhenItIsDestroyed) {
  compile(1, [] { pause(); }, soon());
  const pid_t child = pid_;
  compilation_.reset();
  turn();
  EXPECT_TRUE(done_.empty());
  EXPECT_EQ(kill(child, 0), -1);  // dead, and waited for
}

}  // namespace
}  // namespace wws::supervisor
