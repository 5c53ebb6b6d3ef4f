#include "store/store_server.h"

#include <algorithm>
#include <utility>

#include "store/codec.h"

namespace wws::store {
namespace {

/// A turn, whatever the client asks for: others wait.
constexpr std::chrono::milliseconds kShortestTurn{10};
constexpr std::chrono::milliseconds kLongestTurn{60'000};

base::Duration turn_time(const TurnRequest& turn) {
  return std::clamp(std::chrono::milliseconds(turn.milliseconds), kShortestTurn, kLongestTurn);
}

bool is_conflict(const kv::Outcome& outcome) { return !outcome && outcome.error() == kv::Failure::kConflict; }

}  // namespace

StoreServer::StoreServer(Parts parts, std::vector<kv::NamespaceId> spaces) : parts_(std::move(parts)) {
  parts_.versions.begin_epoch();
  add_spaces(spaces);
  if (parts_.store.sharing() == kv::Sharing::kWithOthers) return;
  parts_.store.set_publish([this](kv::NamespaceId id, kv::Version version) {
    if (const auto place = places_.find(std::to_underlying(id)); place != places_.end())
      parts_.versions.set_version(place->second, version);
  });
}

void StoreServer::add_spaces(const std::vector<kv::NamespaceId>& spaces) {
  const std::size_t first = spaces_.size();
  spaces_.insert(spaces_.end(), spaces.begin(), spaces.end());
  queues_.resize(spaces_.size());
  for (std::size_t i = first; i < spaces_.size(); ++i) {
    places_.emplace(std::to_underlying(spaces_[i]), i);
    parts_.versions.set_waiting(i, 0);
  }
  publish_versions(first);
}

/// Of the namespaces from this place on.
void StoreServer::publish_versions(std::size_t first) {
  if (parts_.store.sharing() == kv::Sharing::kWithOthers) {
    for (std::size_t i = first; i < spaces_.size(); ++i)
      parts_.versions.set_version(i, VersionPage::kOfOthers);
    return;
  }
  for (const kv::NamespaceInfo& info : parts_.store.namespaces()) {
    const auto place = places_.find(std::to_underlying(info.id));
    if (place != places_.end() && place->second >= first)
      parts_.versions.set_version(place->second, info.version);
  }
}

void StoreServer::remove_client(ClientId client) {
  clients_.erase(client);
  for (std::size_t i = 0; i < queues_.size(); ++i) {
    queues_[i].leave_all(client);
    give_turns(static_cast<std::uint16_t>(i));
  }
}

std::size_t StoreServer::pending(ClientId client) const {
  const auto found = clients_.find(client);
  return found == clients_.end() ? 0 : found->second.pending + found->second.changes.size();
}

StoreServer::Change* StoreServer::find(const Asker& asker) {
  const auto client = clients_.find(asker.client);
  if (client == clients_.end()) return nullptr;
  const auto change = client->second.changes.find(asker.id);
  return change == client->second.changes.end() ? nullptr : &change->second;
}

StoreServer::Verdict StoreServer::take(ClientId id, const Frame& frame) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return Verdict::kBroken;
  Client& client = found->second;
  const bool is_person = client.kind == ClientKind::kPerson;
  if (is_person &&
      (frame.kind_as<FrameKind>() == FrameKind::kOpen || frame.kind_as<FrameKind>() == FrameKind::kNames))
    return take_of_person(id, frame);
  if (is_person && frame.kind_as<FrameKind>() != FrameKind::kRequest) return Verdict::kBroken;
  if (frame.subject >= (is_person ? people_spaces_ : spaces_).size()) return Verdict::kBroken;
  switch (frame.kind_as<FrameKind>()) {
    case FrameKind::kRequest:
      return take_request(id, client, frame);
    case FrameKind::kBegin:
      return take_begin(id, client, frame);
    case FrameKind::kCommit:
      return take_commit(id, client, frame);
    case FrameKind::kEnd:
      take_end(id, client, frame);
      return Verdict::kGood;
    default:
      return Verdict::kBroken;
  }
}

StoreServer::Verdict StoreServer::take_of_person(ClientId id, const Frame& frame) {
  std::string answer;
  if (frame.kind_as<FrameKind>() == FrameKind::kNames) {
    append_frame(answer, FrameKind::kNamesAre, frame.id, 0,
                 [&](std::string& bytes) { encode(parts_.store.namespaces(), bytes); });
  } else {
    const auto space = open(frame.payload);
    append_frame(answer, FrameKind::kOpened, frame.id, space.value_or(0), [&](std::string& bytes) {
      if (!space) encode(kv::Outcome(std::unexpected(space.error())), bytes);
    });
  }
  parts_.send(id, answer);
  return Verdict::kGood;
}

std::expected<std::uint16_t, kv::Failure> StoreServer::open(std::string_view name) {
  const auto space = parts_.store.open_namespace(name);
  if (!space) return std::unexpected(space.error());
  auto found = std::ranges::find(people_spaces_, *space);
  if (found == people_spaces_.end()) {
    if (people_spaces_.size() > 0xFFFF) return std::unexpected(kv::Failure::kTooManyNamespaces);
    found = people_spaces_.insert(people_spaces_.end(), *space);
  }
  return static_cast<std::uint16_t>(found - people_spaces_.begin());
}

StoreServer::Verdict StoreServer::take_request(ClientId id, Client& client, const Frame& frame) {
  auto request = decode_request(frame.payload);
  if (!request) return Verdict::kBroken;
  ++client.pending;
  kv::Handlers handlers;
  handlers.durable = [this, asker = Asker{id, frame.id}, space = frame.subject](const kv::Outcome& outcome) {
    const auto asking = clients_.find(asker.client);
    if (asking == clients_.end()) return;
    --asking->second.pending;
    answer(asker, space, FrameKind::kOutcome, outcome);
  };
  const auto& known = client.kind == ClientKind::kPerson ? people_spaces_ : spaces_;
  submit(known[frame.subject], std::move(*request), std::move(handlers));
  return Verdict::kGood;
}

StoreServer::Verdict StoreServer::take_begin(ClientId id, Client& client, const Frame& frame) {
  std::string_view payload = frame.payload;
  const auto turn = take_turn_request(payload);
  if (!turn || !payload.empty()) return Verdict::kBroken;
  const auto [change, is_new] = client.changes.try_emplace(frame.id, Change{frame.subject, turn_time(*turn)});
  if (!is_new) return Verdict::kBroken;
  const Asker asker{id, frame.id};
  if (turn->mode == TurnRequest::Mode::kMayRunAgain && queues_[frame.subject].is_free()) {
    read_map(asker, frame.subject, kv::Visibility::kDurable);
  } else {
    wait_for_turn(asker, frame.subject, change->second.time);
  }
  return Verdict::kGood;
}

StoreServer::Verdict StoreServer::take_commit(ClientId id, Client& client, const Frame& frame) {
  std::string_view payload = frame.payload;
  const auto turn = take_turn_request(payload);
  auto request = decode_request(payload);
  if (!turn || !request || !std::holds_alternative<kv::Transaction>(*request)) return Verdict::kBroken;
  // One that was made of a map that the client kept comes without a beginning.
  Change has_map{frame.subject, turn_time(*turn), Change::State::kHasMap};
  Change& change = client.changes.try_emplace(frame.id, has_map).first->second;
  if (change.state != Change::State::kHasMap || change.space != frame.subject) return Verdict::kBroken;
  change.state = Change::State::kCommitting;
  const Asker asker{id, frame.id};
  kv::Handlers handlers;
  handlers.ordered = [this, asker, space = frame.subject](const kv::Outcome& outcome) {
    on_committed(asker, space, outcome);
  };
  handlers.durable = [this, asker, space = frame.subject](const kv::Outcome& outcome) {
    const Change* done = find(asker);
    if (done == nullptr || is_conflict(outcome)) return;  // after a conflict it goes on
    clients_.at(asker.client).changes.erase(asker.id);
    answer(asker, space, FrameKind::kOutcome, outcome);
  };
  submit(spaces_[frame.subject], std::move(*request), std::move(handlers));
  return Verdict::kGood;
}

/// What it wrote has its place: the next one may begin, long before the disk has it.
void StoreServer::on_committed(const Asker& asker, std::uint16_t space, const kv::Outcome& outcome) {
  TurnQueue& queue = queues_[space];
  Change* change = find(asker);
  if (!is_conflict(outcome) || change == nullptr) {
    queue.leave(asker);
    return give_turns(space);
  }
  change->state = Change::State::kWaiting;
  // Whoever has the turn met a write from outside of the queue, and tries again while its time lasts.
  if (queue.has(asker)) return read_map(asker, space, kv::Visibility::kOrdered);
  wait_for_turn(asker, space, change->time);
}

void StoreServer::take_end(ClientId id, Client& client, const Frame& frame) {
  const auto change = client.changes.find(frame.id);
  // What is on its way to the disk ends there.
  if (change == client.changes.end() || change->second.state == Change::State::kCommitting) return;
  const std::uint16_t space = change->second.space;
  client.changes.erase(change);
  queues_[space].leave({id, frame.id});
  give_turns(space);
}

void StoreServer::submit(kv::NamespaceId space, kv::Request request, kv::Handlers handlers) {
  has_submitted_ = true;
  parts_.store.submit(space, std::move(request), std::move(handlers));
}

void StoreServer::poll() {
  do {
    has_submitted_ = false;
    parts_.store.poll();
  } while (has_submitted_);  // a turn ends as often as frames that ask for one have come
}

void StoreServer::read_map(const Asker& asker, std::uint16_t space, kv::Visibility visibility) {
  kv::Handlers handlers;
  auto& handler = visibility == kv::Visibility::kOrdered ? handlers.ordered : handlers.durable;
  handler = [this, asker, space](const kv::Outcome& outcome) {
    Change* change = find(asker);
    if (change == nullptr) return;
    change->state = Change::State::kHasMap;
    if (!outcome) {  // no map, no change
      clients_.at(asker.client).changes.erase(asker.id);
      queues_[space].leave(asker);
      give_turns(space);
    }
    answer(asker, space, FrameKind::kMap, outcome);
  };
  submit(spaces_[space], kv::ReadNamespace{visibility}, std::move(handlers));
}

void StoreServer::answer(const Asker& asker, std::uint16_t space, FrameKind kind,
                         const kv::Outcome& outcome) {
  std::string frame;
  append_frame(frame, kind, asker.id, space, [&](std::string& bytes) { encode(outcome, bytes); });
  parts_.send(asker.client, frame);
}

void StoreServer::wait_for_turn(const Asker& asker, std::uint16_t space, base::Duration time) {
  queues_[space].wait(asker, time);
  give_turns(space);
}

void StoreServer::give_turns(std::uint16_t space) {
  TurnQueue& queue = queues_[space];
  if (const auto next = queue.next(parts_.clock.now())) read_map(*next, space, kv::Visibility::kOrdered);
  parts_.versions.set_waiting(space, queue.size());
}

void StoreServer::sweep() {
  for (std::size_t i = 0; i < queues_.size(); ++i) {
    queues_[i].end_late(parts_.clock.now());
    give_turns(static_cast<std::uint16_t>(i));
  }
}

base::Instant StoreServer::next_sweep() const {
  base::Instant next = base::Instant::max();
  for (const TurnQueue& queue : queues_) next = std::min(next, queue.ends_at());
  return next;
}

}  // namespace wws::store
