#include "store/store_server.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kv/memory_store.h"
#include "store/codec.h"

namespace wws::store {
namespace {

using std::chrono::milliseconds;
using Verdict = StoreServer::Verdict;

/// What a client was told.
struct Told {
  FrameKind kind{};
  std::uint32_t id = 0;
  kv::Outcome outcome;
};

class StoreServerTest : public ::testing::Test {
 protected:
  StoreServerTest()
      : store_(clock_),
        page_(std::move(*SharedState::create(3))),
        server_(std::in_place,
                StoreServer::Parts{
                    store_, page_, clock_,
                    [this](std::uint32_t client, std::string_view frames) { told(client, frames); }},
                std::vector{*store_.open_namespace("a"), *store_.open_namespace("b")}) {
    server_->add_client(1);
    server_->add_client(2);
  }

  void told(std::uint32_t client, std::string_view frames) {
    FrameReader reader;
    (void)reader.read(frames, [&](const Frame& frame) {
      if (frame.kind_as<FrameKind>() == FrameKind::kEpoch) {
        std::uint64_t epoch = 0;
        EXPECT_EQ(frame.payload.copy(reinterpret_cast<char*>(&epoch), sizeof epoch), sizeof epoch);
        EXPECT_EQ(epoch, page_.epoch());
      } else if (frame.kind_as<FrameKind>() == FrameKind::kFollow) {
        followers_.push_back(frame.id);
      } else if (frame.kind_as<FrameKind>() != FrameKind::kOpened) {
        told_[client].push_back({frame.kind_as<FrameKind>(), frame.id, *decode_outcome(frame.payload)});
      }
      return true;
    });
  }
  /// The only thing that the client was told since the last time.
  Told only(std::uint32_t client) {
    auto told = std::exchange(told_[client], {});
    EXPECT_EQ(told.size(), 1U);
    return told.empty() ? Told{} : told.front();
  }

  Verdict give(std::uint32_t client, FrameKind kind, std::uint32_t id, std::string_view payload,
               std::uint16_t space = 0) {
    const auto verdict = server_->take(client, {static_cast<std::uint16_t>(kind), id, space, payload});
    server_->poll();
    return verdict;
  }
  Verdict request(std::uint32_t client, std::uint32_t id, const kv::Request& asked, std::uint16_t space = 0) {
    std::string payload;
    encode(asked, payload);
    return give(client, FrameKind::kRequest, id, payload, space);
  }
  Verdict begin(std::uint32_t client, std::uint32_t id, TurnRequest turn = {{}, 1000}) {
    std::string payload;
    encode(turn, payload);
    return give(client, FrameKind::kBegin, id, payload);
  }
  /// Sets the counter, under this version of the namespace.
  Verdict commit(std::uint32_t client, std::uint32_t id, kv::Version version, const std::string& value) {
    kv::Transaction transaction;
    transaction.namespace_version = version;
    transaction.puts = {{"counter", value, {}}};
    std::string payload;
    encode(TurnRequest{{}, 1000}, payload);
    encode(kv::Request(transaction), payload);
    return give(client, FrameKind::kCommit, id, payload);
  }
  /// What serving processes find. "-": nothing is known; "none": there is no such key.
  std::string shared(std::uint16_t space, std::string_view key) {
    const auto found = std::as_const(page_).records().find(space, key);
    if (!found) return "-";
    return *found ? (*found)->value : "none";
  }
  /// Another one that has the store after the one before, with the namespace a.
  void begin_again() {
    server_.emplace(StoreServer::Parts{store_, page_, clock_, [](std::uint32_t, std::string_view) {}},
                    std::vector{*store_.open_namespace("a")});
    server_->add_client(1);
  }
  /// The version of the map that the client was given just now.
  kv::Version map_version(std::uint32_t client) {
    const Told told = only(client);
    EXPECT_EQ(told.kind, FrameKind::kMap);
    EXPECT_TRUE(told.outcome);
    return told.outcome ? told.outcome->namespace_version : 0;
  }

  base::ManualClock clock_;
  kv::MemoryStore store_;
  SharedState page_;
  std::map<std::uint32_t, std::vector<Told>> told_;
  std::vector<std::uint32_t> followers_;  ///< all that were named
  std::optional<StoreServer> server_;
};

TEST_F(StoreServerTest, AnswersAndTellsVersionsFirst) {
  EXPECT_EQ(request(1, 7, kv::Put{"k", "v", {}}), Verdict::kGood);
  const Told put = only(1);
  EXPECT_EQ(put.id, 7U);
  EXPECT_EQ(page_.version(0), std::get<kv::Written>(put.outcome->body).version);
  EXPECT_EQ(page_.version(1), 0U);
  EXPECT_EQ(request(2, 8, kv::Get{"k"}), Verdict::kGood);
  EXPECT_EQ(std::get<kv::Found>(only(2).outcome->body).record->value, "v");
  EXPECT_EQ(request(2, 9, kv::Get{"k"}, 1), Verdict::kGood);
  EXPECT_EQ(std::get<kv::Found>(only(2).outcome->body).record, nullptr) << "another namespace";
  EXPECT_EQ(server_->pending(2), 0U);
}

TEST_F(StoreServerTest, SharesWhatIsWrittenAndWhatWasRead) {
  EXPECT_EQ(shared(0, "k"), "none") << "nothing was ever written";
  EXPECT_EQ(request(1, 1, kv::Put{"k", "v", {}}), Verdict::kGood);
  EXPECT_EQ(shared(0, "k"), "v");
  EXPECT_EQ(shared(1, "k"), "none");
  EXPECT_EQ(request(1, 2, kv::Delete{"k"}), Verdict::kGood);
  EXPECT_EQ(shared(0, "k"), "none");

  EXPECT_EQ(request(1, 3, kv::Put{"k", "w", {}}), Verdict::kGood);
  const std::uint64_t epoch = page_.epoch();
  begin_again();
  EXPECT_GT(page_.epoch(), epoch + 1) << "nobody believes the first one after its end";
  EXPECT_EQ(shared(0, "k"), "-");
  EXPECT_EQ(request(1, 1, kv::Get{"k"}), Verdict::kGood);
  EXPECT_EQ(request(1, 2, kv::Get{"l"}), Verdict::kGood);
  EXPECT_EQ(shared(0, "k"), "w");
  EXPECT_EQ(shared(0, "l"), "none");
}

/// Of a store that has been there for longer than the child, all is shared while nobody asks.
TEST_F(StoreServerTest, SharesWhatWasThereBefore) {
  constexpr int kKeys = 1050;
  for (int i = 0; i < kKeys; ++i)
    EXPECT_EQ(request(1, 1, kv::Put{std::to_string(i), "v" + std::to_string(i), {}}), Verdict::kGood);
  begin_again();
  EXPECT_EQ(shared(0, "7"), "-");
  for (int polls = 0; polls < 40; ++polls) {
    server_->poll();
    if (polls == 5) {
      EXPECT_EQ(shared(0, "none"), "-") << "not all is there yet";
      EXPECT_EQ(request(1, 1, kv::Put{"0", "new", {}}), Verdict::kGood);
      EXPECT_EQ(request(1, 2, kv::Put{"999", "new", {}}), Verdict::kGood);
      EXPECT_EQ(request(1, 3, kv::Delete{"998"}), Verdict::kGood);
    }
  }
  for (const int i : {7, 500, 997, kKeys - 1})
    EXPECT_EQ(shared(0, std::to_string(i)), "v" + std::to_string(i));
  EXPECT_EQ(shared(0, "0"), "new");
  EXPECT_EQ(shared(0, "999"), "new");
  EXPECT_EQ(shared(0, "998"), "none");
  EXPECT_EQ(shared(0, "none"), "none");
}

TEST_F(StoreServerTest, DoesNotShareAllOfALargeNamespace) {
  for (int i = 0; i < 9; ++i)
    EXPECT_EQ(request(1, 1, kv::Put{std::to_string(i), std::string(kv::kMaxValueBytes, 'x'), {}}),
              Verdict::kGood);
  EXPECT_EQ(request(1, 1, kv::Put{"small", "v", {}}), Verdict::kGood);
  begin_again();
  for (int polls = 0; polls < 40; ++polls) server_->poll();
  EXPECT_EQ(shared(0, "small"), "-");
}

TEST_F(StoreServerTest, EndsWhoBreaksTheRules) {
  EXPECT_EQ(give(1, FrameKind::kRequest, 1, "nonsense"), Verdict::kBroken);
  EXPECT_EQ(give(1, FrameKind::kBegin, 1, "short"), Verdict::kBroken);
  EXPECT_EQ(give(1, FrameKind::kCommit, 1, ""), Verdict::kBroken);
  EXPECT_EQ(give(1, FrameKind::kOutcome, 1, ""), Verdict::kBroken);
  EXPECT_EQ(give(1, FrameKind{99}, 1, ""), Verdict::kBroken);
  EXPECT_EQ(request(1, 1, kv::Get{"k"}, 2), Verdict::kBroken) << "a namespace that the project does not have";
  EXPECT_EQ(request(3, 1, kv::Get{"k"}), Verdict::kBroken) << "a client that is not there";
  EXPECT_EQ(begin(1, 5), Verdict::kGood);
  EXPECT_EQ(begin(1, 5), Verdict::kBroken) << "twice";
  EXPECT_EQ(commit(1, 6, 0, "1"), Verdict::kGood);
  std::string put;
  encode(TurnRequest{}, put);
  encode(kv::Request(kv::Put{"k", "v", {}}), put);
  EXPECT_EQ(give(1, FrameKind::kCommit, 7, put), Verdict::kBroken) << "not a transaction";
}

TEST_F(StoreServerTest, CommitsUnderTheVersionOfTheMap) {
  EXPECT_EQ(begin(1, 1), Verdict::kGood);
  const kv::Version version = map_version(1);
  EXPECT_EQ(commit(1, 1, version, "1"), Verdict::kGood);
  const Told done = only(1);
  EXPECT_EQ(done.kind, FrameKind::kOutcome);
  EXPECT_TRUE(done.outcome);
  EXPECT_EQ(server_->pending(1), 0U);
}

/// Of two that began with the same map one is told of the other's, and has the turn.
TEST_F(StoreServerTest, GivesTheNewMapAndTheTurnAfterAConflict) {
  for (const std::uint32_t client : {1U, 2U}) EXPECT_EQ(begin(client, 1), Verdict::kGood);
  const kv::Version version = map_version(1);
  EXPECT_EQ(map_version(2), version);
  EXPECT_EQ(commit(1, 1, version, "1"), Verdict::kGood);
  EXPECT_TRUE(only(1).outcome);
  EXPECT_EQ(commit(2, 1, version, "1"), Verdict::kGood);
  const kv::Version newer = map_version(2);
  EXPECT_GT(newer, version);
  EXPECT_TRUE(page_.is_crowded(0));
  // Whoever comes now waits for the turn.
  EXPECT_EQ(begin(1, 2), Verdict::kGood);
  EXPECT_TRUE(told_[1].empty());
  EXPECT_EQ(commit(2, 1, newer, "2"), Verdict::kGood);
  EXPECT_TRUE(only(2).outcome);
  EXPECT_GT(map_version(1), newer);
  EXPECT_EQ(give(1, FrameKind::kEnd, 2, ""), Verdict::kGood);
  EXPECT_FALSE(page_.is_crowded(0));
}

/// A native worker's increment comes between the map and the commit of who has the turn.
TEST_F(StoreServerTest, KeepsTheTurnOverAWriteFromOutside) {
  EXPECT_EQ(begin(1, 1, {TurnRequest::Mode::kOnlyInTurn, 1000}), Verdict::kGood);
  const kv::Version version = map_version(1);
  EXPECT_EQ(begin(2, 1, {TurnRequest::Mode::kOnlyInTurn, 1000}), Verdict::kGood);
  EXPECT_EQ(request(2, 9, kv::Increment{"other", 1, {}}), Verdict::kGood);
  EXPECT_TRUE(only(2).outcome);
  EXPECT_EQ(commit(1, 1, version, "1"), Verdict::kGood);
  const kv::Version newer = map_version(1);
  EXPECT_TRUE(told_[2].empty()) << "the turn is still the first one's";
  EXPECT_EQ(commit(1, 1, newer, "1"), Verdict::kGood);
  EXPECT_EQ(only(1).kind, FrameKind::kOutcome);
  EXPECT_GT(map_version(2), newer);
}

TEST_F(StoreServerTest, GivesTheTurnOnWhenAClientLeavesOrIsLate) {
  const TurnRequest in_turn{TurnRequest::Mode::kOnlyInTurn, 1000};
  EXPECT_EQ(begin(1, 1, in_turn), Verdict::kGood);
  (void)map_version(1);
  EXPECT_EQ(begin(2, 1, in_turn), Verdict::kGood);
  server_->remove_client(1);
  server_->poll();
  const kv::Version version = map_version(2);
  server_->add_client(3);
  EXPECT_EQ(begin(3, 1, in_turn), Verdict::kGood);
  EXPECT_EQ(server_->next_sweep(), clock_.now() + milliseconds(1000));
  clock_.advance(milliseconds(1000));
  server_->sweep();
  server_->poll();
  (void)map_version(3);
  // The late one may still commit, if nobody did meanwhile; else it waits again.
  EXPECT_EQ(commit(3, 1, version, "3"), Verdict::kGood);
  EXPECT_EQ(only(3).kind, FrameKind::kOutcome);
  EXPECT_EQ(commit(2, 1, version, "2"), Verdict::kGood);
  EXPECT_GT(map_version(2), version);
}

TEST_F(StoreServerTest, LimitsWhatAClientIsToldAboutATurnThatIsTooLong) {
  EXPECT_EQ(begin(1, 1, {TurnRequest::Mode::kOnlyInTurn, 0xFFFF'FFFF}), Verdict::kGood);
  EXPECT_EQ(server_->next_sweep(), clock_.now() + std::chrono::minutes(1));
}

TEST_F(StoreServerTest, TakesNamespacesThatComeLater) {
  EXPECT_EQ(request(1, 1, kv::Put{"k", "v", {}}, 2), Verdict::kBroken);
  server_->add_client(3, StoreServer::ClientKind::kPerson);
  ASSERT_EQ(server_->take(3, {static_cast<std::uint16_t>(FrameKind::kOpen), 1, 0, "b"}), Verdict::kGood);
  EXPECT_EQ(request(3, 2, kv::Put{"k", "of b", {}}, 0), Verdict::kGood) << "a person counts by itself";
  server_->add_spaces({*store_.open_namespace("c")});
  EXPECT_EQ(request(1, 3, kv::Put{"k", "of c", {}}, 2), Verdict::kGood);
  EXPECT_TRUE(only(1).outcome);
  EXPECT_GT(page_.version(2), 0U);
  told_.clear();
  EXPECT_EQ(request(3, 4, kv::Get{"k"}, 0), Verdict::kGood);
  EXPECT_EQ(std::get<kv::Found>(only(3).outcome->body).record->value, "of b");
}

/// Changes of one client, the first of which has the turn and its map, and the others follow it.
class StoreServerRowTest : public StoreServerTest {
 protected:
  using Ids = std::vector<std::uint32_t>;

  StoreServerRowTest() {
    EXPECT_EQ(begin(2, 1, {TurnRequest::Mode::kOnlyInTurn, 1000}), Verdict::kGood);
    version_ = map_version(2);
    for (const std::uint32_t id : {1U, 2U, 3U}) EXPECT_EQ(begin(1, id), Verdict::kGood);
    EXPECT_TRUE(told_[1].empty());
    EXPECT_EQ(commit(2, 1, version_, "1"), Verdict::kGood);
    EXPECT_TRUE(only(2).outcome);
    EXPECT_EQ(followers_, (Ids{2, 3}));
    version_ = map_version(1);
  }
  std::string counter() {
    EXPECT_EQ(request(2, 99, kv::Get{"counter"}), Verdict::kGood);
    const Told told = only(2);
    return std::get<kv::Found>(told.outcome->body).record->value;
  }

  kv::Version version_ = 0;
};

TEST_F(StoreServerRowTest, CommitsOneOnTheOther) {
  EXPECT_EQ(begin(2, 2), Verdict::kGood) << "waits behind the row";
  EXPECT_EQ(commit(1, 1, version_, "2"), Verdict::kGood);
  EXPECT_TRUE(only(1).outcome);
  EXPECT_EQ(commit(1, 2, kVersionOfRow, "3"), Verdict::kGood);
  EXPECT_TRUE(only(1).outcome);
  EXPECT_TRUE(told_[2].empty());
  EXPECT_EQ(give(1, FrameKind::kEnd, 3, ""), Verdict::kGood);
  EXPECT_EQ(only(2).kind, FrameKind::kMap) << "the row is over";
  EXPECT_EQ(counter(), "3");
}

/// They come together, before the first has its place.
TEST_F(StoreServerRowTest, HoldsACommitUntilTheOneBeforeHasItsPlace) {
  EXPECT_EQ(commit(1, 3, kVersionOfRow, "4"), Verdict::kGood);
  EXPECT_EQ(commit(1, 2, kVersionOfRow, "3"), Verdict::kGood);
  EXPECT_TRUE(told_[1].empty());
  EXPECT_EQ(commit(1, 1, version_, "2"), Verdict::kGood);
  ASSERT_EQ(told_[1].size(), 3U);
  for (const Told& told : told_[1]) EXPECT_TRUE(told.kind == FrameKind::kOutcome && told.outcome);
  EXPECT_EQ(counter(), "4");
  EXPECT_EQ(server_->pending(1), 0U);
}

/// What was made of a map that is not what came to be is lost with it: each is done again.
TEST_F(StoreServerRowTest, DoesAllAgainBehindAConflict) {
  EXPECT_EQ(request(2, 5, kv::Put{"counter", "10", {}}), Verdict::kGood);
  EXPECT_TRUE(only(2).outcome);
  EXPECT_EQ(commit(1, 2, kVersionOfRow, "3"), Verdict::kGood);
  EXPECT_EQ(commit(1, 1, version_, "2"), Verdict::kGood);
  const kv::Version newer = map_version(1);
  EXPECT_EQ(commit(1, 3, kVersionOfRow, "4"), Verdict::kGood);
  EXPECT_TRUE(told_[1].empty()) << "it waits, as the second does";
  EXPECT_EQ(commit(1, 1, newer, "11"), Verdict::kGood);
  ASSERT_EQ(told_[1].size(), 2U);
  EXPECT_EQ(told_[1][0].kind, FrameKind::kOutcome);
  EXPECT_EQ(told_[1][1].kind, FrameKind::kMap);
  EXPECT_EQ(told_[1][1].id, 2U);
  EXPECT_EQ(followers_, (Ids{2, 3, 3}));
  const kv::Version newest = told_[1][1].outcome->namespace_version;
  told_.clear();
  EXPECT_EQ(commit(1, 2, newest, "12"), Verdict::kGood);
  EXPECT_EQ(commit(1, 3, kVersionOfRow, "13"), Verdict::kGood);
  EXPECT_EQ(told_[1].size(), 2U);
  EXPECT_EQ(counter(), "13");
}

/// A write that is refused for another reason than a conflict.
TEST_F(StoreServerRowTest, DoesAllAgainBehindAFailure) {
  EXPECT_EQ(commit(1, 2, kVersionOfRow, "3"), Verdict::kGood);
  EXPECT_EQ(commit(1, 1, version_, std::string(kv::kMaxValueBytes + 1, 'x')), Verdict::kGood);
  ASSERT_EQ(told_[1].size(), 2U);
  EXPECT_FALSE(told_[1][0].kind == FrameKind::kOutcome && told_[1][0].outcome);
  EXPECT_EQ(told_[1][1].kind, FrameKind::kMap);
  EXPECT_EQ(told_[1][1].id, 2U);
  EXPECT_EQ(told_[1][1].outcome->namespace_version, version_);
}

TEST_F(StoreServerRowTest, GoesOnWithoutOneThatEnds) {
  EXPECT_EQ(give(1, FrameKind::kEnd, 1, ""), Verdict::kGood);
  EXPECT_EQ(give(1, FrameKind::kEnd, 2, ""), Verdict::kGood);
  EXPECT_EQ(commit(1, 3, kVersionOfRow, "2"), Verdict::kGood);
  EXPECT_TRUE(only(1).outcome);
  EXPECT_EQ(counter(), "2");
}

TEST_F(StoreServerRowTest, EndsWithTheTimeOfWhoHasTheTurn) {
  EXPECT_EQ(begin(2, 2), Verdict::kGood);
  clock_.advance(milliseconds(1000));
  server_->sweep();
  server_->poll();
  const kv::Version version = map_version(2);
  EXPECT_EQ(commit(1, 2, kVersionOfRow, "3"), Verdict::kGood);
  EXPECT_TRUE(told_[1].empty());
  EXPECT_EQ(commit(2, 2, version, "2"), Verdict::kGood);
  EXPECT_TRUE(only(2).outcome);
  EXPECT_GT(map_version(1), version) << "the second begins anew";
}

TEST_F(StoreServerRowTest, EndsWithItsClient) {
  EXPECT_EQ(begin(2, 2), Verdict::kGood);
  server_->remove_client(1);
  server_->poll();
  EXPECT_EQ(map_version(2), version_);
}

/// A version of a row is nobody's who is in none.
TEST_F(StoreServerTest, AVersionOfARowThatIsNotThereIsAConflict) {
  EXPECT_EQ(commit(1, 1, kVersionOfRow, "1"), Verdict::kGood);
  (void)map_version(1);
}

}  // namespace
}  // namespace wws::store
