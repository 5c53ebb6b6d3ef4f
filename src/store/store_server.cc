#include "store/store_server.h"

#include <algorithm>
#include <utility>

#include "kv/semantics.h"
#include "store/codec.h"

namespace wws::store {
namespace {

/// A turn, whatever the client asks for: others wait.
constexpr std::chrono::milliseconds kShortestTurn{10};
constexpr std::chrono::milliseconds kLongestTurn{60'000};
/// Of a commit that has to wait for another's place.
constexpr std::size_t kMostHeld = std::size_t{1} << 20;

/// What was there before a store child is shared when it begins: up to this much of it, so that there is room
/// for what comes.
constexpr std::size_t kMostShared = std::size_t{8} << 20;
constexpr std::size_t kPageToShare = 100;
constexpr unsigned kMostAttemptsToShare = 10;

base::Duration turn_time(const TurnRequest& turn) {
  return std::clamp(std::chrono::milliseconds(turn.milliseconds), kShortestTurn, kLongestTurn);
}

/// What cannot be done again is not begun on what may not come to be.
TurnQueue::InRow in_row(const TurnRequest& turn) {
  return turn.mode == TurnRequest::Mode::kMayRunAgain ? TurnQueue::InRow::kYes : TurnQueue::InRow::kNo;
}

bool is_conflict(const kv::Outcome& outcome) { return !outcome && outcome.error() == kv::Failure::kConflict; }

}  // namespace

StoreServer::StoreServer(Parts parts, std::vector<kv::NamespaceId> spaces) : parts_(std::move(parts)) {
  parts_.shared.begin_epoch();
  add_spaces(spaces);
  if (parts_.store.sharing() == kv::Sharing::kWithOthers) return;
  parts_.store.set_publish({[this](kv::NamespaceId id, std::string_view key, const kv::RecordPtr& record) {
                              publish(id, key, record);
                            },
                            [this](kv::NamespaceId id, kv::Version version) {
                              const auto place = places_.find(std::to_underlying(id));
                              if (place != places_.end()) parts_.shared.set_version(place->second, version);
                            }});
}

StoreServer::~StoreServer() {
  parts_.store.set_publish({});
  parts_.shared.begin_epoch();
}

void StoreServer::add_spaces(const std::vector<kv::NamespaceId>& spaces) {
  const std::size_t first = spaces_.size();
  spaces_.insert(spaces_.end(), spaces.begin(), spaces.end());
  queues_.resize(spaces_.size());
  rows_.resize(spaces_.size());
  for (std::size_t i = first; i < spaces_.size(); ++i) {
    places_.emplace(std::to_underlying(spaces_[i]), i);
    parts_.shared.set_waiting(i, 0);
  }
  publish_versions(first);
}

/// Of the namespaces from this place on.
void StoreServer::publish_versions(std::size_t first) {
  if (parts_.store.sharing() == kv::Sharing::kWithOthers) {
    for (std::size_t i = first; i < spaces_.size(); ++i) parts_.shared.set_version(i, SharedState::kOfOthers);
    return;
  }
  for (const kv::NamespaceInfo& info : parts_.store.namespaces()) {
    const auto place = places_.find(std::to_underlying(info.id));
    if (place == places_.end() || place->second < first) continue;
    parts_.shared.set_version(place->second, info.version);
    const auto space = static_cast<std::uint16_t>(place->second);
    if (info.version == 0) {  // nothing was ever written there, and all that will be is published
      parts_.shared.records().set_complete(space);
    } else if (shared_bytes_ + info.bytes <= kMostShared) {
      shared_bytes_ += info.bytes;
      unshared_.push_back({space});
    }
  }
}

/// A page at a time, so that nobody who asks waits long; not for nobody.
void StoreServer::publish_next_page() {
  if (unshared_.empty() || is_reading_page_ || is_unused()) return;
  is_reading_page_ = true;
  const Unshared& next = unshared_.front();
  kv::Handlers handlers;
  handlers.durable = [this](const kv::Outcome& outcome) { take_page(outcome); };
  parts_.store.submit(
      spaces_[next.space],
      kv::List{.after = next.after, .limit = kPageToShare, .content = kv::PageContent::kRecords},
      std::move(handlers));
}

void StoreServer::take_page(const kv::Outcome& outcome) {
  is_reading_page_ = false;
  Unshared& sharing = unshared_.front();
  const auto* page = outcome ? std::get_if<kv::Page>(&outcome->body) : nullptr;
  if (page == nullptr || ++sharing.attempts > kMostAttemptsToShare) return unshared_.pop_front();
  if (outcome->namespace_version != parts_.shared.version(sharing.space)) return;  // it is old by now
  SharedRecords& records = parts_.shared.records();
  for (const kv::Item& item : page->items) records.put(sharing.space, item.key, item.record);
  sharing.attempts = 0;
  sharing.after = page->next;
  if (!sharing.after.empty()) return;
  // What was written since the first page was published.
  if (!records.has_lost(sharing.space)) records.set_complete(sharing.space);
  unshared_.pop_front();
}

/// What a key has now, on the disk too. The namespace's version follows.
void StoreServer::publish(kv::NamespaceId id, std::string_view key, const kv::RecordPtr& record) {
  const auto place = places_.find(std::to_underlying(id));
  if (place == places_.end()) return;
  // Whoever reads the new record must not read an older one of its own after that.
  parts_.shared.set_version(place->second, SharedState::kChanging);
  parts_.shared.records().put(static_cast<std::uint16_t>(place->second), key, record);
}

/// What one asked for others may find.
void StoreServer::publish_read(std::uint16_t space, std::string_view key, const kv::Outcome& outcome) {
  if (!outcome || outcome->namespace_version != parts_.shared.version(space)) return;  // it is old by now
  if (const auto* found = std::get_if<kv::Found>(&outcome->body))
    parts_.shared.records().put(space, key, found->record);
}

void StoreServer::add_client(ClientId client, ClientKind kind) {
  clients_[client].kind = kind;
  if (kind != ClientKind::kServing) return;
  const std::uint64_t epoch = parts_.shared.epoch();
  std::string frame;
  append_frame(frame, FrameKind::kEpoch, 0, 0, [&](std::string& bytes) {
    bytes.append(reinterpret_cast<const char*>(&epoch), sizeof epoch);
  });
  parts_.send(client, frame);
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
  const auto* get = std::get_if<kv::Get>(&*request);
  const bool is_published =
      get != nullptr && kv::is_durable_read(*request) && client.kind == ClientKind::kServing;
  kv::Handlers handlers;
  handlers.durable = [this, asker = Asker{id, frame.id}, space = frame.subject,
                      key = is_published ? get->key : std::string()](const kv::Outcome& outcome) {
    if (!key.empty()) publish_read(space, key, outcome);
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
  const auto [change, is_new] = client.changes.try_emplace(
      frame.id, Change{frame.subject, turn_time(*turn), Change::State::kWaiting, in_row(*turn)});
  if (!is_new) return Verdict::kBroken;
  const Asker asker{id, frame.id};
  if (turn->mode == TurnRequest::Mode::kMayRunAgain && queues_[frame.subject].is_free()) {
    read_map(asker, frame.subject, kv::Visibility::kDurable);
  } else {
    wait_for_turn(asker, change->second);
  }
  return Verdict::kGood;
}

StoreServer::Verdict StoreServer::take_commit(ClientId id, Client& client, const Frame& frame) {
  std::string_view payload = frame.payload;
  const auto turn = take_turn_request(payload);
  auto request = decode_request(payload);
  if (!turn || !request || !std::holds_alternative<kv::Transaction>(*request)) return Verdict::kBroken;
  // One that was made of a map that the client kept comes without a beginning.
  const Change has_map{frame.subject, turn_time(*turn), Change::State::kHasMap, in_row(*turn)};
  Change& change = client.changes.try_emplace(frame.id, has_map).first->second;
  if (change.state != Change::State::kHasMap || change.space != frame.subject) return Verdict::kBroken;
  change.state = Change::State::kCommitting;
  const Asker asker{id, frame.id};
  if (std::get<kv::Transaction>(*request).namespace_version != kVersionOfRow) {
    submit_commit(asker, frame.subject, std::move(*request));
  } else if (goes_on(change) && (queues_[frame.subject].has(asker) || frame.payload.size() <= kMostHeld)) {
    change.held = std::move(*request);
    submit_held(frame.subject);
  } else {
    wait_after_conflict(asker, change);  // what it goes on from is not there
  }
  return Verdict::kGood;
}

void StoreServer::submit_commit(const Asker& asker, std::uint16_t space, kv::Request request) {
  kv::Handlers handlers;
  handlers.ordered = [this, asker, space](const kv::Outcome& outcome) {
    on_committed(asker, space, outcome);
  };
  handlers.durable = [this, asker, space](const kv::Outcome& outcome) {
    const Change* done = find(asker);
    if (done == nullptr || is_conflict(outcome)) return;  // after a conflict it goes on
    clients_.at(asker.client).changes.erase(asker.id);
    answer(asker, space, FrameKind::kOutcome, outcome);
  };
  submit(spaces_[space], std::move(request), std::move(handlers));
}

/// Whether all that it goes on from has been made, or may still be.
bool StoreServer::goes_on(const Change& change) const noexcept {
  return change.row != 0 && change.row == rows_[change.space].number;
}

/// Others of a client whose change has the turn have theirs right behind it, without asking again: what one
/// has made is there, and who has begun another way would only wait for it.
void StoreServer::make_row(const Asker& first, std::uint16_t space) {
  rows_[space] = {++last_row_, 0};
  Asker before = first;
  std::string frames;
  for (const Asker& asker : queues_[space].make_row()) {
    Change& change = *find(asker);
    change.state = Change::State::kHasMap;
    change.row = last_row_;
    append_frame(frames, FrameKind::kFollow, asker.id, space, [&](std::string& bytes) {
      bytes.append(reinterpret_cast<const char*>(&before.id), sizeof before.id);
    });
    before = asker;
  }
  if (!frames.empty()) parts_.send(first.client, frames);
}

/// What they would have gone on from is not what is there.
void StoreServer::end_row(std::uint16_t space, const std::vector<Asker>& members) {
  rows_[space].number = 0;
  for (const Asker& asker : members) {
    Change* change = find(asker);
    if (change != nullptr && change->held) wait_after_conflict(asker, *change);
  }
}

/// The commit of whoever has the turn, if it came before the one that it goes on from had its place.
void StoreServer::submit_held(std::uint16_t space) {
  const auto asker = queues_[space].holder();
  Change* change = asker ? find(*asker) : nullptr;
  if (change == nullptr || !change->held || !goes_on(*change)) return;
  kv::Request request = std::move(*std::exchange(change->held, std::nullopt));
  change->row = 0;  // from now on it has a version like others
  std::get<kv::Transaction>(request).namespace_version = rows_[space].version;
  submit_commit(*asker, space, std::move(request));
}

/// Gives up its turn or its place; whoever is next goes on.
void StoreServer::leave(const Asker& asker, std::uint16_t space) {
  queues_[space].leave(asker, parts_.clock.now());
  submit_held(space);
  give_turns(space);
}

void StoreServer::wait_after_conflict(const Asker& asker, Change& change) {
  change.state = Change::State::kWaiting;
  change.row = 0;
  change.held.reset();
  wait_for_turn(asker, change);
}

/// What it wrote has its place: the next one may begin, long before the disk has it.
void StoreServer::on_committed(const Asker& asker, std::uint16_t space, const kv::Outcome& outcome) {
  TurnQueue& queue = queues_[space];
  Change* change = find(asker);
  const bool has_turn = queue.has(asker);
  if (has_turn && outcome) rows_[space].version = outcome->namespace_version;
  if (!is_conflict(outcome) || change == nullptr) {
    if (has_turn && !outcome) end_row(space, queue.break_row());
    return leave(asker, space);
  }
  if (!has_turn) return wait_after_conflict(asker, *change);
  // Whoever has the turn met a write from outside of the queue, and tries again while its time lasts.
  change->state = Change::State::kWaiting;
  end_row(space, queue.break_row());
  read_map(asker, space, kv::Visibility::kOrdered);
}

void StoreServer::take_end(ClientId id, Client& client, const Frame& frame) {
  const auto change = client.changes.find(frame.id);
  // What is on its way to the disk ends there.
  if (change == client.changes.end() || change->second.state == Change::State::kCommitting) return;
  const std::uint16_t space = change->second.space;
  client.changes.erase(change);
  leave({id, frame.id}, space);
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
  publish_next_page();
}

/// There is no map, and so no change, also none of those behind it in a row.
void StoreServer::give_up_turn(const Asker& asker, std::uint16_t space, bool has_row) {
  const auto client = clients_.find(asker.client);
  if (client == clients_.end()) return;
  client->second.changes.erase(asker.id);
  if (has_row) {
    rows_[space].number = 0;
    for (const Asker& other : queues_[space].break_row()) client->second.changes.erase(other.id);
  }
  leave(asker, space);
}

/// `row`: that which begins with the map; 0: none does.
void StoreServer::read_map(const Asker& asker, std::uint16_t space, kv::Visibility visibility,
                           std::uint64_t row) {
  kv::Handlers handlers;
  auto& handler = visibility == kv::Visibility::kOrdered ? handlers.ordered : handlers.durable;
  handler = [this, asker, space, row](const kv::Outcome& outcome) {
    Change* change = find(asker);
    const bool has_row = row != 0 && row == rows_[space].number;
    if (has_row && outcome) rows_[space].version = outcome->namespace_version;
    if (change != nullptr) change->state = Change::State::kHasMap;
    // One that has left is told too where others go on from its map.
    if (change != nullptr || has_row) answer(asker, space, FrameKind::kMap, outcome);
    if (!outcome) give_up_turn(asker, space, has_row);
  };
  submit(spaces_[space], kv::ReadNamespace{visibility}, std::move(handlers));
}

void StoreServer::answer(const Asker& asker, std::uint16_t space, FrameKind kind,
                         const kv::Outcome& outcome) {
  std::string frame;
  append_frame(frame, kind, asker.id, space, [&](std::string& bytes) { encode(outcome, bytes); });
  parts_.send(asker.client, frame);
}

void StoreServer::wait_for_turn(const Asker& asker, const Change& change) {
  const std::uint16_t space = change.space;
  queues_[space].wait(asker, change.time, change.in_row);
  give_turns(space);
}

void StoreServer::give_turns(std::uint16_t space) {
  TurnQueue& queue = queues_[space];
  if (const auto next = queue.next(parts_.clock.now())) {
    make_row(*next, space);
    read_map(*next, space, kv::Visibility::kOrdered, rows_[space].number);
  }
  parts_.shared.set_waiting(space, queue.size());
}

void StoreServer::sweep() {
  for (std::size_t i = 0; i < queues_.size(); ++i) {
    const auto space = static_cast<std::uint16_t>(i);
    const base::Instant now = parts_.clock.now();
    if (queues_[i].ends_at() <= now) end_row(space, queues_[i].end_late(now));
    give_turns(space);
  }
}

base::Instant StoreServer::next_sweep() const {
  base::Instant next = base::Instant::max();
  for (const TurnQueue& queue : queues_) next = std::min(next, queue.ends_at());
  return next;
}

}  // namespace wws::store
