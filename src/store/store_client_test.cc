#include "store/store_client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kv/memory_store.h"
#include "link/frame_socket.h"
#include "store/map_commit.h"
#include "store/store_server.h"

namespace wws::store {
namespace {

using State = runtime::Commit::State;
using Map = abi::JsonAnswer::Map;

/// A serving process's end and a store child's, in one loop.
class StoreClientTest : public ::testing::Test, private abi::Completions {
 protected:
  StoreClientTest()
      : store_(clock_),
        page_(std::move(*SharedState::create(1))),
        server_(std::in_place, server_parts(), std::vector{*store_.open_namespace("a")}),
        client_(context_, *this, clock_,
                std::move(*SharedState::open(std::move(*page_.open_for_reading()), 1,
                                             SharedState::Access::kRead))) {
    connect();
  }
  ~StoreClientTest() override { client_.disconnect(); }

  StoreServer::Parts server_parts() {
    return {store_, page_, clock_,
            [this](std::uint32_t client, std::string_view frames) { sockets_.at(client)->send(frames); }};
  }
  void connect() {
    link_to_nobody();
    serve_waiting();
  }
  /// A link whose other end is kept until somebody serves it.
  void link_to_nobody() {
    std::array<int, 2> ends{};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    waiting_ = base::File(ends[0]);
    client_.connect(base::File(ends[1]));
  }
  void serve_waiting() {
    const std::uint32_t id = ++last_;
    sockets_[id] = std::make_unique<link::FrameSocket>(
        context_, std::move(waiting_),
        link::FrameSocket::Handlers{[this, id](const Frame& frame) {
                                      ++frames_;
                                      return server_->take(id, frame) == StoreServer::Verdict::kGood;
                                    },
                                    [] {}, [this, id] { server_->remove_client(id); }});
    server_->add_client(id);
  }
  void break_link() {
    sockets_.clear();
    run();
  }

  void wake(std::uint64_t) override {}
  void complete(const abi::Ticket& ticket, std::unique_ptr<abi::OperationResult> result) override {
    operations_.complete(ticket, std::move(result));
  }
  void run() {
    for (int i = 0; i < 20; ++i) {
      server_->poll();
      context_.restart();
      context_.poll();
    }
  }

  abi::Ticket submit(kv::Request request) {
    const auto ticket = *operations_.begin(client_);
    client_.submit(0, std::move(request), ticket, operations_);
    return ticket;
  }
  kv::Outcome take(const abi::Ticket& ticket) {
    const auto result = operations_.take_result(ticket.number, client_);
    EXPECT_TRUE(result) << "it waits";
    return result ? static_cast<abi::KvResult&>(**result).outcome : std::unexpected(kv::Failure::kUnknown);
  }
  kv::Outcome ask(kv::Request request) {
    const auto ticket = submit(std::move(request));
    run();
    return take(ticket);
  }
  std::string value(const kv::Outcome& outcome) {
    const auto& record = std::get<kv::Found>(outcome->body).record;
    return record ? record->value : "none";
  }

  std::unique_ptr<runtime::Commit> make_commit() {
    return client_.make_commit(0, {TurnRequest::Mode::kMayRunAgain, 1000});
  }
  /// Until it does not wait.
  State prepare(runtime::Commit& commit) {
    auto state = commit.prepare(operations_);
    for (int i = 0; i < 5 && state && *state == State::kWaiting; ++i) {
      run();
      state = commit.prepare(operations_);
    }
    EXPECT_TRUE(state) << state.error().message;
    return state.value_or(State::kWaiting);
  }
  State finish(runtime::Commit& commit, Map map) {
    abi::JsonAnswer answer;
    answer.kv = std::move(map);
    auto state = commit.commit(answer, operations_);
    for (int i = 0; i < 5 && state && *state == State::kWaiting; ++i) {
      run();
      state = commit.commit(answer, operations_);
    }
    EXPECT_TRUE(state) << state.error().message;
    return state.value_or(State::kWaiting);
  }

  boost::asio::io_context context_{1};
  base::ManualClock clock_;
  kv::MemoryStore store_;
  SharedState page_;
  std::map<std::uint32_t, std::unique_ptr<link::FrameSocket>> sockets_;
  std::uint32_t last_ = 0;
  std::size_t frames_ = 0;
  std::optional<StoreServer> server_;
  base::File waiting_;
  abi::Operations operations_{1};
  StoreClient client_;
};

TEST_F(StoreClientTest, AsksTheStoreOnceForWhatDoesNotChange) {
  const std::string large(SharedRecords::kMostEntryBytes, 'v');
  EXPECT_TRUE(ask(kv::Put{"k", large, {}}));
  EXPECT_EQ(value(ask(kv::Get{"k"})), large);
  const std::size_t asked = frames_;
  EXPECT_EQ(value(take(submit(kv::Get{"k"}))), large) << "at once, without the loop";
  EXPECT_EQ(frames_, asked);
  EXPECT_TRUE(ask(kv::Put{"k", large + "w", {}}));
  EXPECT_EQ(value(ask(kv::Get{"k"})), large + "w");
  EXPECT_EQ(frames_, asked + 2);
}

TEST_F(StoreClientTest, ReadsWhatIsSharedWithoutAsking) {
  for (const char* text : {"v", "w"}) {
    EXPECT_TRUE(ask(kv::Put{"k", text, {}}));
    const std::size_t asked = frames_;
    EXPECT_EQ(value(take(submit(kv::Get{"k"}))), text);
    const kv::Outcome many = take(submit(kv::GetMany{{"none", "k"}}));
    const auto& records = std::get<kv::FoundMany>(many->body).records;
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0], nullptr);
    EXPECT_EQ(records[1]->value, text);
    EXPECT_EQ(frames_, asked);
  }
}

/// A link to a child that is not there yet waits for it.
TEST_F(StoreClientTest, BelievesAChildThatBeganAfterTheLink) {
  EXPECT_TRUE(ask(kv::Put{"k", "v", {}}));
  EXPECT_EQ(value(take(submit(kv::Get{"k"}))), "v");
  link_to_nobody();
  submit(kv::Get{"k"});
  run();
  EXPECT_EQ(frames_, 1U) << "what another child has said is not believed, and nobody answers";
  server_.emplace(server_parts(), std::vector{*store_.open_namespace("a")});
  serve_waiting();
  EXPECT_EQ(value(ask(kv::Get{"k"})), "v");
  EXPECT_EQ(value(take(submit(kv::Get{"k"}))), "v") << "at once";
}

TEST_F(StoreClientTest, KnowsWhatIsNotThere) {
  EXPECT_EQ(value(ask(kv::Get{"none"})), "none");
  EXPECT_EQ(value(take(submit(kv::Get{"none"}))), "none");
}

/// Also where all of the namespace is known.
TEST_F(StoreClientTest, LeavesItToTheStoreToRefuse) {
  const std::string long_key(kv::kMaxKeyBytes + 1, 'k');
  EXPECT_EQ(ask(kv::Get{""}).error(), kv::Failure::kKeyEmpty);
  EXPECT_EQ(ask(kv::Get{long_key}).error(), kv::Failure::kKeyTooLong);
  EXPECT_EQ(ask(kv::GetMany{{"k", long_key}}).error(), kv::Failure::kKeyTooLong);
}

TEST_F(StoreClientTest, ForgetsWhatIsCancelled) {
  const auto ticket = submit(kv::Increment{"n", 1, {}});
  EXPECT_TRUE(operations_.cancel(ticket.number));
  run();
  EXPECT_EQ(value(ask(kv::Get{"n"})), "1") << "what was sent is done";
}

TEST_F(StoreClientTest, SaysWhatMayHaveBeenDoneWhenTheStoreIsGone) {
  const auto read = submit(kv::Get{"k", kv::Visibility::kOrdered});
  const auto write = submit(kv::Put{"k", "v", {}});
  break_link();
  EXPECT_EQ(take(read).error(), kv::Failure::kUnavailable);
  EXPECT_EQ(take(write).error(), kv::Failure::kUnknown);
  EXPECT_EQ(take(submit(kv::Put{"k", "v", {}})).error(), kv::Failure::kUnavailable) << "at once";
  connect();
  EXPECT_TRUE(ask(kv::Put{"k", "v", {}}));
}

TEST_F(StoreClientTest, GivesAMapAndTakesItBack) {
  const auto first = make_commit();
  EXPECT_EQ(prepare(*first), State::kDone);
  EXPECT_EQ(first->map(), Map{});
  EXPECT_EQ(finish(*first, {{"a", "1"}, {"b", "2"}}), State::kDone);
  const auto second = make_commit();
  EXPECT_EQ(prepare(*second), State::kDone);
  EXPECT_EQ(second->map(), (Map{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(finish(*second, {{"b", "3"}}), State::kDone) << "what is left out is deleted";
  const auto third = make_commit();
  EXPECT_EQ(prepare(*third), State::kDone);
  EXPECT_EQ(third->map(), (Map{{"b", "3"}}));
  const std::size_t asked = frames_;
  EXPECT_EQ(finish(*third, third->map()), State::kDone);
  EXPECT_EQ(frames_, asked) << "nothing has changed, and nobody is asked";
}

TEST_F(StoreClientTest, RunsAgainWithTheNewMapAfterAConflict) {
  const auto one = make_commit();
  const auto other = make_commit();
  EXPECT_EQ(prepare(*one), State::kDone);
  EXPECT_EQ(prepare(*other), State::kDone);
  EXPECT_EQ(finish(*one, {{"n", "1"}}), State::kDone);
  EXPECT_EQ(finish(*other, {{"n", "1"}}), State::kConflict);
  EXPECT_EQ(prepare(*other), State::kDone);
  EXPECT_EQ(other->map(), (Map{{"n", "1"}}));
  EXPECT_EQ(finish(*other, {{"n", "2"}}), State::kDone);
  EXPECT_EQ(value(ask(kv::Get{"n"})), "2");
}

TEST_F(StoreClientTest, GivesTheTurnBackWhenARequestEnds) {
  auto one = make_commit();
  auto other = make_commit();
  EXPECT_EQ(prepare(*one), State::kDone);
  EXPECT_EQ(prepare(*other), State::kDone);
  EXPECT_EQ(finish(*one, {{"n", "1"}}), State::kDone);
  EXPECT_EQ(finish(*other, {{"n", "1"}}), State::kConflict);
  other.reset();  // its client left, and it had the turn
  auto third = make_commit();
  EXPECT_EQ(prepare(*third), State::kDone);
  EXPECT_EQ(third->map(), (Map{{"n", "1"}}));
}

/// Several that wait while one has the turn.
class StoreClientRowTest : public StoreClientTest {
 protected:
  StoreClientRowTest() {
    first_ = make_commit();
    second_ = make_commit();
    EXPECT_EQ(prepare(*first_), State::kDone);
    EXPECT_EQ(prepare(*second_), State::kDone);
    EXPECT_EQ(finish(*first_, {{"n", "1"}}), State::kDone);
    EXPECT_EQ(finish(*second_, {{"n", "1"}}), State::kConflict);  // it has the turn
    for (auto& one : row_) {
      one = make_commit();
      EXPECT_EQ(*one->prepare(operations_), State::kWaiting);
    }
    run();
    EXPECT_EQ(prepare(*second_), State::kDone);
  }
  void give_turn_to_row() {
    EXPECT_EQ(finish(*second_, {{"n", "2"}}), State::kDone);
    run();
  }
  State commit(runtime::Commit& change, Map map) {
    abi::JsonAnswer answer;
    answer.kv = std::move(map);
    const auto state = change.commit(answer, operations_);
    EXPECT_TRUE(state) << state.error().message;
    return state.value_or(State::kDone);
  }

  std::unique_ptr<runtime::Commit> first_;
  std::unique_ptr<runtime::Commit> second_;
  std::array<std::unique_ptr<runtime::Commit>, 3> row_;
};

TEST_F(StoreClientRowTest, GoesOnFromTheMapBeforeWithoutAsking) {
  give_turn_to_row();
  const std::size_t asked = frames_;
  for (std::size_t i = 0; i < row_.size(); ++i) {
    EXPECT_EQ(*row_[i]->prepare(operations_), State::kDone) << "at once, without the loop";
    EXPECT_EQ(row_[i]->map(), (Map{{"n", std::to_string(2 + i)}}));
    EXPECT_EQ(commit(*row_[i], {{"n", std::to_string(3 + i)}}), State::kWaiting);
  }
  run();
  for (const auto& one : row_) EXPECT_EQ(commit(*one, {}), State::kDone);
  EXPECT_EQ(frames_, asked + row_.size());
  EXPECT_EQ(value(ask(kv::Get{"n"})), "5");
}

/// It has seen what is not durable yet: its answer waits for that.
TEST_F(StoreClientRowTest, OneThatChangesNothingWaitsForWhatItHasSeen) {
  give_turn_to_row();
  EXPECT_EQ(prepare(*row_[0]), State::kDone);
  EXPECT_EQ(commit(*row_[0], {{"n", "3"}}), State::kWaiting);
  EXPECT_EQ(prepare(*row_[1]), State::kDone);
  EXPECT_EQ(commit(*row_[1], row_[1]->map()), State::kWaiting);
  EXPECT_EQ(prepare(*row_[2]), State::kDone);
  EXPECT_EQ(row_[2]->map(), (Map{{"n", "3"}}));
  run();
  EXPECT_EQ(commit(*row_[1], row_[1]->map()), State::kDone);
}

TEST_F(StoreClientRowTest, GoesOnWithoutOneThatEnds) {
  give_turn_to_row();
  row_[0].reset();  // it has not looked at its map
  EXPECT_EQ(*row_[1]->prepare(operations_), State::kDone);
  row_[1].reset();  // it has, and is over without a commit
  EXPECT_EQ(*row_[2]->prepare(operations_), State::kDone);
  EXPECT_EQ(row_[2]->map(), (Map{{"n", "2"}}));
  EXPECT_EQ(finish(*row_[2], {{"n", "3"}}), State::kDone);
  EXPECT_EQ(value(ask(kv::Get{"n"})), "3");
}

/// Its client left while it waited; an operation that is cancelled has no result.
TEST_F(StoreClientRowTest, GoesOnWithoutOnesThatLeftBefore) {
  for (std::uint32_t number = 0; number < 64; ++number) (void)operations_.cancel(number);
  for (std::size_t i : {0U, 1U, 2U}) row_[i].reset();
  auto last = make_commit();
  EXPECT_EQ(*last->prepare(operations_), State::kWaiting);
  give_turn_to_row();
  EXPECT_EQ(prepare(*last), State::kDone);
  EXPECT_EQ(last->map(), (Map{{"n", "2"}}));
}

TEST_F(StoreClientRowTest, RunsAgainBehindAConflict) {
  give_turn_to_row();
  EXPECT_EQ(prepare(*row_[0]), State::kDone);
  EXPECT_TRUE(ask(kv::Put{"n", "10", {}}));
  EXPECT_EQ(commit(*row_[0], {{"n", "3"}}), State::kWaiting);
  EXPECT_EQ(prepare(*row_[1]), State::kDone);
  EXPECT_EQ(row_[1]->map(), (Map{{"n", "3"}})) << "which will not be";
  EXPECT_EQ(commit(*row_[1], {{"n", "4"}}), State::kWaiting);
  run();
  EXPECT_EQ(commit(*row_[0], {}), State::kConflict);
  EXPECT_EQ(row_[0]->map(), (Map{{"n", "10"}}));
  EXPECT_EQ(finish(*row_[0], {{"n", "11"}}), State::kDone);
  run();
  EXPECT_EQ(commit(*row_[1], {}), State::kConflict);
  EXPECT_EQ(row_[1]->map(), (Map{{"n", "11"}}));
  EXPECT_EQ(finish(*row_[1], {{"n", "12"}}), State::kDone);
  EXPECT_EQ(value(ask(kv::Get{"n"})), "12");
}

TEST_F(StoreClientRowTest, FailsWithTheStore) {
  give_turn_to_row();
  EXPECT_EQ(prepare(*row_[0]), State::kDone);
  break_link();
  EXPECT_FALSE(row_[1]->prepare(operations_));
  row_[0].reset();
  EXPECT_FALSE(row_[2]->prepare(operations_));
}

TEST(Changed, IsWhatATransactionMakes) {
  const auto record = [](std::string value) {
    return std::make_shared<const kv::Record>(kv::Record{std::move(value), 1, {}});
  };
  const Cache::Map before{4, std::make_shared<const std::vector<kv::Item>>(std::vector<kv::Item>{
                                 {"b", 1, record("1")}, {"c", 1, record("2")}, {"d", 1, record("3")}})};
  kv::Transaction transaction;
  transaction.puts = {{"e", "5", {}}, {"b", "6", {}}, {"a", "7", {}}};
  transaction.deletes = {"c"};
  std::string all;
  const Cache::Map after = changed(before, transaction);
  for (const kv::Item& item : *after.items) all += item.key + item.record->value;
  EXPECT_EQ(all, "a7b6d3e5");
}

TEST_F(StoreClientTest, WhatIsUnderWayGoesOnWhereItBegan) {
  auto change = make_commit();
  EXPECT_EQ(prepare(*change), State::kDone);
  const auto written = submit(kv::Put{"k", "v", {}});
  connect();  // in place of one that has not answered
  run();
  EXPECT_TRUE(take(written));
  EXPECT_EQ(value(ask(kv::Get{"k"})), "v");
  EXPECT_EQ(server_->serving_clients(), 2U) << "the change is known to the one before";
  EXPECT_EQ(finish(*change, {{"k", "w"}}), State::kConflict) << "with what was written since";
  EXPECT_EQ(prepare(*change), State::kDone);
  EXPECT_EQ(finish(*change, {{"k", "w"}}), State::kDone);
  change.reset();
  run();
  EXPECT_EQ(server_->serving_clients(), 1U);
  EXPECT_EQ(value(ask(kv::Get{"k"})), "w");
}

TEST_F(StoreClientTest, LeavesAStoreAtOnceWhenNothingIsUnderWay) {
  EXPECT_TRUE(ask(kv::Put{"k", "v", {}}));
  connect();
  run();
  EXPECT_EQ(server_->serving_clients(), 1U);
  EXPECT_EQ(value(ask(kv::Get{"k"})), "v");
}

TEST_F(StoreClientTest, AChangeFailsWithTheStoreThatKnowsOfIt) {
  const auto change = make_commit();
  EXPECT_EQ(prepare(*change), State::kDone);
  connect();
  sockets_.erase(1);
  run();
  abi::JsonAnswer answer;
  answer.kv = {{"k", "v"}};
  EXPECT_FALSE(change->commit(answer, operations_));
  EXPECT_TRUE(ask(kv::Put{"k", "v", {}})) << "the other one answers";
}

TEST_F(StoreClientTest, FailsARequestThatHasNoStore) {
  break_link();
  const auto commit = make_commit();
  const auto state = commit->prepare(operations_);
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, ErrorCode::kOverloaded);
}

/// JSON has no room for other bytes: a native worker's are neither shown nor deleted.
TEST_F(StoreClientTest, LeavesAloneWhatIsNoText) {
  EXPECT_TRUE(ask(kv::Put{"bytes", "\xFF", {}}));
  EXPECT_TRUE(ask(kv::Put{"\xFF", "x", {}}));
  EXPECT_TRUE(ask(kv::Put{"text", "x", {}}));
  const auto commit = make_commit();
  EXPECT_EQ(prepare(*commit), State::kDone);
  EXPECT_EQ(commit->map(), (Map{{"text", "x"}}));
  EXPECT_EQ(finish(*commit, {}), State::kDone);
  EXPECT_EQ(value(ask(kv::Get{"bytes"})), "\xFF");
  EXPECT_EQ(value(ask(kv::Get{"\xFF"})), "x");
  EXPECT_EQ(value(ask(kv::Get{"text"})), "none");
}

TEST(Difference, IsWhatHasChanged) {
  const auto record = [](std::string value) {
    return std::make_shared<const kv::Record>(kv::Record{std::move(value), 1, {}});
  };
  const Cache::Map before{
      4, std::make_shared<const std::vector<kv::Item>>(std::vector<kv::Item>{
             {"changed", 1, record("a")}, {"gone", 1, record("b")}, {"same", 1, record("c")}})};
  EXPECT_FALSE(difference(before, {{"same", "c"}, {"changed", "a"}, {"gone", "b"}}));
  const auto changes = difference(before, {{"same", "x"}, {"new", "n"}, {"changed", "z"}, {"same", "c"}});
  ASSERT_TRUE(changes);
  EXPECT_EQ(changes->namespace_version, 4U);
  EXPECT_EQ(changes->deletes, std::vector<std::string>{"gone"});
  ASSERT_EQ(changes->puts.size(), 2U) << "of a key that occurs twice the last value counts";
  EXPECT_EQ(changes->puts[0].key, "changed");
  EXPECT_EQ(changes->puts[0].value, "z");
  EXPECT_EQ(changes->puts[1].key, "new");
}

}  // namespace
}  // namespace wws::store
