// A service that does not exist yet, as guests, the scheduler and an invocation's commit see it.
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "abi/host_functions.h"
#include "abi/native_exchange.h"
#include "base/file.h"
#include "server/scheduler.h"

namespace wws::server {
namespace {

struct Text final : abi::OperationResult {
  explicit Text(std::string value) : text(std::move(value)) {}
  std::string text;
};

/// Takes questions, and answers when the test says so.
class Oracle final : public abi::Service {
 public:
  static constexpr std::string_view kName = "oracle";
  void ask(const abi::Ticket& ticket) { asked.push_back(ticket); }
  void cancel(const abi::Ticket& ticket) noexcept override { cancelled.push_back(ticket); }

  std::vector<abi::Ticket> asked;
  std::vector<abi::Ticket> cancelled;
};

using Int = wasm::CallResult<std::int32_t>;

abi::GuestContext& context_of(wasm::Guest& guest) { return *abi::context_of(guest); }

Int get(wasm::Guest& guest, wasm::GuestMemory, std::int32_t) noexcept {
  auto* oracle = context_of(guest).services().find<Oracle>();
  const auto ticket = context_of(guest).operations().begin(*oracle);
  if (!ticket) return static_cast<std::int32_t>(ticket.error());
  oracle->ask(*ticket);
  return static_cast<std::int32_t>(ticket->number);
}

Int result(wasm::Guest& guest, wasm::GuestMemory memory, std::uint32_t operation, wasm::GuestAddress buffer,
           std::uint32_t) noexcept {
  auto* oracle = context_of(guest).services().find<Oracle>();
  const auto taken = context_of(guest).operations().take_result(operation, *oracle);
  if (!taken) return static_cast<std::int32_t>(taken.error());
  const std::string& text = static_cast<const Text&>(**taken).text;
  (void)memory.write(buffer, text);
  return static_cast<std::int32_t>(text.size());
}

class ServicesTest : public ::testing::Test {
 protected:
  ServicesTest()
      : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        engine_(make_engine(wake_.fd())),
        scheduler_(context_, {engine_, nullptr, clock_, wake_.fd(), nullptr}, limits_) {
    services_.add(oracle_);
  }

  static wasm::Engine make_engine(int wake_fd) {
    auto settings = *wasm::serving_settings(8);
    settings.wake_fd = wake_fd;
    const auto known = abi::host_functions();
    std::vector<wasm::HostFunction> functions(known.begin(), known.end());
    functions.push_back(wasm::host_function<&get>("test", "get"));
    functions.push_back(wasm::host_function<&result>("test", "result"));
    auto engine = wasm::Engine::create(settings, functions);
    if (!engine) throw std::runtime_error(engine.error().message);
    return std::move(*engine);
  }

  runtime::Worker worker(const std::string& guest) {
    const auto wasm = base::read_file(std::string(WWS_WAT_GUESTS_DIR) + "/" + guest + ".wasm");
    const auto code = engine_.compile(*wasm);
    base::File file(memfd_create("test", MFD_CLOEXEC));
    EXPECT_EQ(::write(file.fd(), code->data(), code->size()), static_cast<ssize_t>(code->size()));
    return runtime::make_worker(guest + ".wasm", "/" + guest, {},
                                std::make_shared<runtime::LazyModule>(std::move(file)));
  }

  /// Starts a request; how it ends goes to outcome_.
  Scheduler::Id start(runtime::Worker& worker, const std::string& path,
                      std::unique_ptr<runtime::Commit> commit = nullptr) {
    http::Request& request = requests_.emplace_back();
    request.method = "GET";
    request.path = path;
    const Scheduler::Id id = scheduler_.next_id();
    auto invocation =
        runtime::Invocation::create(clock_, random_, {std::shared_ptr<void>(), &worker},
                                    {request,
                                     {},
                                     config::UrlForm::kPath,
                                     id,
                                     [this](log::Level, std::string_view line) { lines_.emplace_back(line); },
                                     &services_,
                                     std::move(commit)});
    outcome_ = scheduler_.start(id, std::move(*invocation));
    if (!outcome_) {
      scheduler_.attach(id, {[this](Result<http::Response> result) { outcome_ = std::move(result); }, [] {}});
    }
    return id;
  }

  void run() {
    while (scheduler_.has_runnable()) scheduler_.run_one();
    scheduler_.reap();
  }

  void answer(const abi::Ticket& ticket, const std::string& text) {
    scheduler_.complete(ticket, std::make_unique<Text>(text));
    run();
  }

  base::ManualClock clock_;
  base::Random random_;
  ServerLimits limits_;
  base::File wake_;
  wasm::Engine engine_;
  Oracle oracle_;
  abi::Services services_;
  asio::io_context context_;
  Scheduler scheduler_;
  std::deque<http::Request> requests_;
  std::vector<std::string> lines_;
  std::optional<Result<http::Response>> outcome_;
};

using Lines = std::vector<std::string>;

TEST_F(ServicesTest, AGuestWaitsForAService) {
  auto asks = worker("asks_a_service");
  start(asks, "/get");
  run();
  EXPECT_FALSE(outcome_) << "it waits";
  ASSERT_EQ(oracle_.asked.size(), 1U);
  answer(oracle_.asked[0], "bread");
  ASSERT_TRUE(outcome_);
  EXPECT_TRUE(outcome_->has_value());
  EXPECT_EQ(lines_, (Lines{"bread"}));
  EXPECT_TRUE(oracle_.cancelled.empty());
  answer(oracle_.asked[0], "again");  // the guest is gone: nothing happens
}

TEST_F(ServicesTest, AServiceAndATimerAreWaitedForTogether) {
  auto asks = worker("asks_a_service");
  start(asks, "/timer");
  clock_.advance(std::chrono::seconds(1));
  scheduler_.wake_sleepers();
  run();
  EXPECT_EQ(lines_, (Lines{"timer"}));
  answer(oracle_.asked[0], "bread");
  EXPECT_EQ(lines_, (Lines{"timer", "bread"}));
  EXPECT_TRUE(outcome_);
}

TEST_F(ServicesTest, WhatComesAfterACancelIsDropped) {
  auto asks = worker("asks_a_service");
  start(asks, "/cancel");
  ASSERT_EQ(oracle_.asked.size(), 2U);
  EXPECT_EQ(oracle_.cancelled, (std::vector<abi::Ticket>{oracle_.asked[0]}));
  EXPECT_EQ(oracle_.asked[0].number, oracle_.asked[1].number);
  answer(oracle_.asked[0], "late");
  EXPECT_FALSE(outcome_);
  answer(oracle_.asked[1], "bread");
  EXPECT_EQ(lines_, (Lines{"bread"}));
}

TEST_F(ServicesTest, AGuestIsToldThatItsClientLeft) {
  auto asks = worker("asks_a_service");
  const auto id = start(asks, "/get");
  scheduler_.abandon(id, nullptr);
  run();
  EXPECT_EQ(lines_, (Lines{"-2"})) << "CLOSED";
  EXPECT_EQ(scheduler_.size(), 0U);
  EXPECT_EQ(oracle_.cancelled, oracle_.asked);
  answer(oracle_.asked[0], "late");
}

TEST_F(ServicesTest, WhatIsPendingEndsWithTheGuest) {
  auto asks = worker("asks_a_service");
  const auto id = start(asks, "/get");
  scheduler_.cancel(id);
  EXPECT_EQ(oracle_.cancelled, oracle_.asked);
  answer(oracle_.asked[0], "late");
}

// --- commit ---

/// Asks the oracle what to do with each answer: "done", "conflict", or an error.
class AskingCommit final : public runtime::Commit {
 public:
  AskingCommit(Oracle& oracle, std::vector<abi::JsonAnswer::Map>& maps) : oracle_(oracle), maps_(maps) {}

  Result<State> prepare(abi::Operations&) override { return State::kDone; }
  const abi::JsonAnswer::Map& map() const override { return map_; }
  Result<State> commit(const abi::JsonAnswer& answer, abi::Operations& operations) override {
    if (!ticket_) {
      maps_.push_back(answer.kv);
      ticket_ = *operations.begin(oracle_);
      oracle_.ask(*ticket_);
    }
    const auto taken = operations.take_result(ticket_->number, oracle_);
    if (!taken) return State::kWaiting;
    ticket_.reset();
    const std::string& text = static_cast<const Text&>(**taken).text;
    if (text == "done") return State::kDone;
    if (text == "conflict") return State::kConflict;
    return fail(ErrorCode::kOverloaded, text);
  }

 private:
  Oracle& oracle_;
  std::vector<abi::JsonAnswer::Map>& maps_;
  std::optional<abi::Ticket> ticket_;
  abi::JsonAnswer::Map map_;
};

class CommitTest : public ServicesTest {
 protected:
  void start_answering(const std::string& guest = "answers") {
    worker_ = worker(guest);
    id_ = start(worker_, "/", std::make_unique<AskingCommit>(oracle_, maps_));
  }

  std::vector<abi::JsonAnswer::Map> maps_;
  runtime::Worker worker_;
  Scheduler::Id id_ = 0;
};

TEST_F(CommitTest, AnAnswerLeavesWhenItsMapIsStored) {
  start_answering();
  EXPECT_FALSE(outcome_);
  EXPECT_EQ(maps_, (std::vector<abi::JsonAnswer::Map>{{{"k", "v"}}}));
  answer(oracle_.asked.at(0), "done");
  ASSERT_TRUE(outcome_ && *outcome_);
  EXPECT_EQ(std::get<std::string>((*outcome_)->body), "x");
}

TEST_F(CommitTest, AGuestRunsAgainAfterAConflict) {
  start_answering();
  answer(oracle_.asked.at(0), "conflict");
  EXPECT_FALSE(outcome_);
  ASSERT_EQ(maps_.size(), 2U);
  answer(oracle_.asked.at(0), "done");  // of the first run: dropped
  EXPECT_FALSE(outcome_);
  answer(oracle_.asked.at(1), "done");
  ASSERT_TRUE(outcome_ && *outcome_);
  EXPECT_EQ(worker_.running, 0U);
}

TEST_F(CommitTest, AnErrorTakesTheAnswersPlace) {
  start_answering();
  answer(oracle_.asked.at(0), "too many conflicts");
  ASSERT_TRUE(outcome_ && !*outcome_);
  EXPECT_EQ(outcome_->error().message, "too many conflicts");
}

TEST_F(CommitTest, ItHasTheTimeOfTheWorker) {
  start_answering();
  clock_.advance(worker_.limits.time);
  scheduler_.wake_sleepers();
  run();
  ASSERT_TRUE(outcome_ && !*outcome_);
  EXPECT_EQ(outcome_->error().code, ErrorCode::kTimeLimit);
}

TEST_F(CommitTest, EndsWithTheClient) {
  start_answering();
  scheduler_.abandon(id_, nullptr);
  EXPECT_EQ(scheduler_.size(), 0U);
  EXPECT_EQ(oracle_.cancelled, oracle_.asked);
}

TEST_F(CommitTest, AnAnswerThatFailedStoresNothing) {
  start_answering("answers_500");
  ASSERT_TRUE(outcome_ && *outcome_);
  EXPECT_EQ((*outcome_)->status, 500);
  EXPECT_TRUE(maps_.empty());
}

}  // namespace
}  // namespace wws::server
