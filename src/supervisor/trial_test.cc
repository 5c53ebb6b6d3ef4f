#include "supervisor/trial.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wws::supervisor {
namespace {

using namespace std::chrono_literals;

/// A process that does nothing, in whose name the test takes connections and answers.
class TrialTest : public ::testing::Test {
 protected:
  void begin(base::Duration time_limit = 1min) {
    auto status = runtime::ProcessStatus::create();
    ASSERT_TRUE(status);
    const pid_t pid = fork();
    if (pid == 0) {
      while (true) pause();
    }
    auto process = runtime::ChildProcess::adopt(pid);
    ASSERT_TRUE(process);
    child_ = std::make_shared<ServingChild>(
        context_,
        ServingChild::Parts{runtime::roles::kServe, std::move(*process), std::move(*pair_.ours.duplicate()),
                            std::move(*status), 0},
        Timing{}, ServingChild::Handlers{});
    config::ReloadConfig config{
        {*config::parse_smoke_request("GET /health 200"), *config::parse_smoke_request("HEAD /a?b 3xx")},
        time_limit,
        1min};
    trial_ = std::make_shared<Trial>(
        context_, std::move(config), [](const config::SmokeRequest& request) { return name_of(request); },
        [this](const std::optional<std::string>& why) {
          EXPECT_FALSE(result_) << "twice";
          result_ = why.value_or("good");
          trial_.reset();
        });
    trial_->set_child(child_);
    trial_->ask();
  }
  void turn() {
    context_.restart();
    context_.poll();
  }
  /// The connection that comes next, and what it brings.
  base::File take(std::string_view first_line) {
    turn();
    auto message = pair_.theirs.receive();
    EXPECT_TRUE(message && *message);
    EXPECT_EQ((*message)->type, MessageType::kConnection);
    EXPECT_EQ((*message)->descriptors.size(), 1U);
    base::File connection = std::move((*message)->descriptors.front());
    turn();
    std::array<char, 1024> text{};
    const ssize_t count = ::recv(connection.fd(), text.data(), text.size(), MSG_DONTWAIT);
    EXPECT_TRUE(std::string_view(text.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)))
                    .starts_with(first_line));
    return connection;
  }
  void answer(const base::File& connection, std::string_view text) {
    ASSERT_EQ(::send(connection.fd(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
    turn();
  }
  void run_to_the_end() {
    context_.restart();
    while (!result_ && context_.run_one() > 0) {
    }
  }

  boost::asio::io_context context_{1};
  ChannelPair pair_ = std::move(*Channel::make());
  std::shared_ptr<ServingChild> child_;
  std::shared_ptr<Trial> trial_;
  std::optional<std::string> result_;
};

TEST_F(TrialTest, AsksOneRequestAfterTheOther) {
  begin();
  const base::File first = take("GET /health HTTP/1.1\r\nHost: localhost\r\n");
  answer(first, "HTTP/1.1 200 OK\r\n");
  EXPECT_FALSE(result_);
  const base::File second = take("HEAD /a?b HTTP/1.1\r\n");
  answer(second, "HTTP/1.");
  EXPECT_FALSE(result_) << "a part of a line is none";
  answer(second, "1 304 Not Modified\r\n");
  EXPECT_EQ(result_, "good");
}

TEST_F(TrialTest, TellsWhatWasAnsweredInstead) {
  begin();
  answer(take("GET"), "HTTP/1.1 500 Internal Server Error\r\n");
  EXPECT_EQ(result_, "GET /health: answered 500 and not 200");
}

TEST_F(TrialTest, TellsWhichRequestItWas) {
  begin();
  answer(take("GET"), "HTTP/1.1 200 OK\r\n");
  answer(take("HEAD"), "HTTP/1.1 200 OK\r\n");
  EXPECT_EQ(result_, "HEAD /a?b: answered 200 and not 3xx");
}

TEST_F(TrialTest, TakesNoOtherTextForAnAnswer) {
  for (const std::string_view text : {"HTTP/1.1 2x0 OK\r\n", "ICY 200 OK..........\r\n"}) {
    result_.reset();
    pair_ = std::move(*Channel::make());
    begin();
    answer(take("GET"), text);
    EXPECT_EQ(result_, "GET /health: what came is no answer");
  }
}

TEST_F(TrialTest, WaitsForAnAnswerNoLongerThanItsTime) {
  begin(1ms);
  run_to_the_end();
  EXPECT_EQ(result_, "GET /health: no answer within 1ms");
}

TEST_F(TrialTest, TellsOfAConnectionThatEnds) {
  begin();
  (void)take("GET");  // and closes it
  run_to_the_end();
  EXPECT_EQ(result_, "GET /health: the connection ended without an answer");
}

TEST_F(TrialTest, TellsOfADeath) {
  begin();
  (void)take("GET");
  trial_->on_death("signal 11");
  EXPECT_EQ(result_, "the process that was to be asked died: signal 11");
  turn();
}

TEST_F(TrialTest, ThatIsGivenUpSaysNothing) {
  begin();
  const base::File connection = take("GET");
  trial_.reset();
  answer(connection, "HTTP/1.1 200 OK\r\n");
  EXPECT_FALSE(result_);
}

}  // namespace
}  // namespace wws::supervisor
