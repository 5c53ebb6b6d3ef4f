#include "supervisor/serving_child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wws::supervisor {
namespace {

using Work = runtime::ProcessStatus::Work;

/// A process that sleeps, and ends when the test does.
runtime::ChildProcess sleeper() {
  const pid_t pid = fork();
  if (pid == 0) {
    while (true) pause();
  }
  auto process = runtime::ChildProcess::adopt(pid);
  EXPECT_TRUE(process) << process.error().message;
  return std::move(*process);
}

/// A hostile child: a process that does nothing, and a test that writes in its name, to channel and status
/// page.
class ServingChildTest : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kModules = 8;

  ServingChildTest()
      : pair_(std::move(*Channel::make())), page_(std::move(*runtime::ProcessStatus::create())) {
    ServingChild::Parts parts{runtime::roles::kServe, sleeper(), std::move(*pair_.ours.duplicate()),
                              std::move(*runtime::ProcessStatus::open(base::File(dup(page_.fd())))),
                              kModules};
    child_ = std::make_shared<ServingChild>(
        context_, std::move(parts), Timing{std::chrono::seconds(2), 5, 30},
        ServingChild::Handlers{[this](std::string_view text) { ready_.emplace_back(text); },
                               [this](std::string_view service) { lost_ += service; },
                               [this](const Death& death) {
                                 death_ = death;
                                 child_.reset();
                               }});
    EXPECT_TRUE(child_->begin());
  }

  void turn() {
    context_.restart();
    context_.poll();
  }
  /// Until the kernel has said that the process is gone; for a kill that takes a moment.
  void run_to_the_end() {
    context_.restart();
    while (!death_ && context_.run_one() > 0) {
    }
  }
  /// It serves, as a good one does.
  void serve() { answer_site(MessageType::kReady, "ready"); }
  void answer_site(MessageType type, std::string_view text) {
    child_->send_orders(MessageType::kSite, "{}");
    std::optional<Message> site;
    while (!site || site->type != MessageType::kSite) site = std::move(**pair_.theirs.receive());
    boost::asio::io_context others;
    AsyncChannel theirs(others, std::move(*pair_.theirs.duplicate()), ChannelLimits::of_child(), {});
    EXPECT_TRUE(theirs.answer(*site, type, text));
    turn();
  }
  void look(int times) {
    for (int i = 0; i < times && child_; ++i) child_->look();
  }
  void write(std::string_view bytes) {
    ASSERT_EQ(::send(pair_.theirs.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT),
              static_cast<ssize_t>(bytes.size()));
  }
  [[nodiscard]] bool is_killed_for(std::string_view reason) {
    run_to_the_end();
    return death_ && WIFSIGNALED(death_->status) && WTERMSIG(death_->status) == SIGKILL &&
           death_->reason.find(reason) != std::string::npos;
  }

  boost::asio::io_context context_{1};
  ChannelPair pair_;
  runtime::ProcessStatus page_;
  std::shared_ptr<ServingChild> child_;
  std::vector<std::string> ready_;
  std::string lost_;
  std::optional<Death> death_;
};

TEST_F(ServingChildTest, IsReadyOnceItAnswers) {
  serve();
  EXPECT_EQ(ready_, std::vector<std::string>{"ready"});
  EXPECT_TRUE(child_->is_ready());
  look(100);
  turn();
  EXPECT_FALSE(death_) << death_->reason;
}

TEST_F(ServingChildTest, MayRefuseAnotherSiteWhileItServes) {
  serve();
  answer_site(MessageType::kFailed, "no such folder");
  answer_site(MessageType::kReady, "");
  EXPECT_EQ(ready_.size(), 1U);  // once
  EXPECT_FALSE(death_) << death_->reason;
}

TEST_F(ServingChildTest, DoesNotServeWithoutASite) {
  answer_site(MessageType::kFailed, "no such folder");
  EXPECT_TRUE(is_killed_for("an answer of another kind"));
}

TEST_F(ServingChildTest, LosesALinkThatItHas) {
  serve();
  child_->send_link("store", page_.fd());
  ASSERT_TRUE(pair_.theirs.send(MessageType::kLinkLost, "store"));
  turn();
  EXPECT_EQ(lost_, "store");
  EXPECT_FALSE(death_) << death_->reason;
  ASSERT_TRUE(pair_.theirs.send(MessageType::kLinkLost, "store"));
  turn();
  EXPECT_TRUE(is_killed_for("nobody asked for")) << "it has none any more";
}

TEST_F(ServingChildTest, TellsHowItEndedAndItsLastWords) {
  ASSERT_TRUE(pair_.theirs.send(MessageType::kFailed, "no memory"));
  const runtime::ProcessStatus::Mark mark(&page_, 7);
  kill(child_->pid(), SIGTERM);  // the test's own, and not waited for
  run_to_the_end();
  ASSERT_TRUE(death_);
  EXPECT_EQ(WTERMSIG(death_->status), SIGTERM);
  EXPECT_EQ(death_->by, Death::By::kItself);
  EXPECT_EQ(death_->last_words, "no memory");
  EXPECT_EQ(death_->module, 7U);
}

/// A guest that ends its process while the supervisor sends it something was not blamed for it: the message
/// that could not be sent ended the process too, as far as anybody knew.
TEST_F(ServingChildTest, EndsByItselfThoughItIsToldSomethingMeanwhile) {
  serve();
  const runtime::ProcessStatus::Mark mark(&page_, 7);
  kill(child_->pid(), SIGABRT);  // the test's own, and not waited for
  shutdown(pair_.theirs.fd(), SHUT_RDWR);
  child_->send(MessageType::kModules, "more");
  run_to_the_end();
  ASSERT_TRUE(death_);
  EXPECT_EQ(WTERMSIG(death_->status), SIGABRT);
  EXPECT_EQ(death_->by, Death::By::kItself) << death_->reason;
  EXPECT_EQ(death_->module, 7U);
}

/// A number of no module that a process wrote ended the supervisor by an exception.
TEST_F(ServingChildTest, NamesNoModuleThatThereIsNot) {
  const runtime::ProcessStatus::Mark mark(&page_, kModules);
  child_->end("test");
  run_to_the_end();
  ASSERT_TRUE(death_);
  EXPECT_EQ(death_->module, std::nullopt);
}

TEST_F(ServingChildTest, IsReplacedWhenItsLoopStandsStillWithWork) {
  serve();
  page_.set_work(Work::kSome);
  for (int i = 0; i < 100; ++i) {
    page_.turn();
    look(1);
  }
  look(4);
  turn();
  EXPECT_FALSE(death_);
  look(1);
  ASSERT_TRUE(is_killed_for("its loop stood still for 10 s while it had work"));
  EXPECT_EQ(death_->by, Death::By::kStanding);
}

TEST_F(ServingChildTest, IsReplacedWhenItDoesNotComeToServe) {
  look(30);
  turn();
  EXPECT_FALSE(death_);
  look(1);
  EXPECT_TRUE(is_killed_for("did not come to serve within 60 s"));
}

/// A process that never read held the supervisor for ten seconds at each message.
/// One whose channel had ended, and that stayed, was waited for: it could not be told anything, and as the
/// first it kept the server from serving.
TEST_F(ServingChildTest, IsReplacedWhenItStaysAfterItsChannelHasEnded) {
  shutdown(pair_.theirs.fd(), SHUT_RDWR);
  turn();
  look(1);
  turn();
  EXPECT_FALSE(death_);
  look(1);
  EXPECT_TRUE(is_killed_for("its channel ended and it stayed"));
}

TEST_F(ServingChildTest, IsReplacedWhenItNeverReads) {
  serve();
  const std::string large(std::size_t{1} << 20, 'x');
  for (int i = 0; i < 10; ++i) child_->send(MessageType::kModules, large);
  look(5);
  turn();
  EXPECT_FALSE(death_);
  look(1);
  ASSERT_TRUE(is_killed_for("did not read its channel"));
  EXPECT_EQ(death_->by, Death::By::kSupervisor);
}

TEST_F(ServingChildTest, IsReplacedWhenItFloodsOrSpeaksUnasked) {
  serve();
  ASSERT_TRUE(pair_.theirs.send(MessageType::kReady, "again"));
  turn();
  EXPECT_TRUE(is_killed_for("nobody asked for"));
}

TEST_F(ServingChildTest, FailsOnce) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(pair_.theirs.send(MessageType::kFailed, "f"));
  EXPECT_TRUE(is_killed_for("nobody asked for"));
}

TEST_F(ServingChildTest, IsReplacedForWhatIsNoMessage) {
  serve();
  write(std::string(64, '\xFF'));
  EXPECT_TRUE(is_killed_for("broke the rules of its channel"));
}

TEST_F(ServingChildTest, HoldsNobodyUpWithHalfAMessage) {
  serve();
  write("half");
  turn();
  EXPECT_FALSE(death_);
  child_->end("test");
  EXPECT_TRUE(is_killed_for("test"));
}

/// Handlers of one that is gone were queued, and spoke of freed memory.
TEST_F(ServingChildTest, LeavesNothingBehindInTheLoop) {
  serve();
  kill(child_->pid(), SIGKILL);
  write("half");
  pollfd ended = {static_cast<int>(syscall(SYS_pidfd_open, child_->pid(), 0)), POLLIN, 0};
  ASSERT_EQ(poll(&ended, 1, 60'000), 1);
  close(ended.fd);
  child_.reset();
  turn();
  EXPECT_FALSE(death_);
}

}  // namespace
}  // namespace wws::supervisor
