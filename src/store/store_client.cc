#include "store/store_client.h"

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "kv/semantics.h"
#include "store/codec.h"
#include "store/map_commit.h"

namespace wws::store {
namespace {

std::unique_ptr<abi::OperationResult> result(kv::Outcome outcome) {
  return std::make_unique<abi::KvResult>(std::move(outcome));
}

/// Nobody wants an answer of this id, or the turn that it has.
void send_end(link::Link& link, std::uint32_t id, std::uint16_t space) {
  std::string frame;
  append_frame(frame, FrameKind::kEnd, id, space, [](std::string&) {});
  link.send(frame);
}

}  // namespace

StoreClient::StoreClient(boost::asio::io_context& context, abi::Completions& completions,
                         const base::Clock& clock, SharedState shared, metrics::Recorder metrics)
    : context_(context),
      completions_(completions),
      clock_(clock),
      metrics_(metrics),
      shared_(std::move(shared)),
      cache_(shared_, clock) {}

void StoreClient::connect(base::File socket) {
  cache_.begin_epoch(Cache::kNoEpoch);
  link_ = std::make_shared<link::Link>(
      context_, std::move(socket),
      link::Link::Handlers{[this](link::Link& link, const Frame& frame) { return take(link, frame); },
                           [this](link::Link& link) { on_ended(link); }});
}

void StoreClient::disconnect() {
  link_.reset();
  followers_.clear();
  fail_if([](const Pending&) { return true; });
}

std::uint32_t StoreClient::new_id() {
  while (++last_id_ == 0 || pending_.contains(last_id_)) {
  }
  return last_id_;
}

void StoreClient::expect(std::uint32_t id, Pending pending) {
  ids_.emplace(pending.ticket, id);
  if (metrics_.is_on()) pending.asked = clock_.now();
  pending_.emplace(id, std::move(pending));
}

void StoreClient::submit(std::uint16_t space, kv::Request request, const abi::Ticket& ticket,
                         abi::Operations& operations) {
  metrics_.add(kv::is_write(request) ? metrics::Counter::kKvWrites : metrics::Counter::kKvReads);
  const auto* get = std::get_if<kv::Get>(&request);
  const bool is_kept = get != nullptr && kv::is_durable_read(request);
  if (auto known = look_up(space, request)) {
    operations.complete(ticket, result(kv::Reply{shared_.version(space), std::move(*known)}));
    return;
  }
  if (!can_ask()) {
    metrics_.add(metrics::Counter::kKvFailures);
    operations.complete(ticket, result(std::unexpected(kv::Failure::kUnavailable)));
    return;
  }
  const std::uint32_t id = new_id();
  expect(id, {ticket,
              kv::is_write(request) ? Kind::kWrite : Kind::kRead,
              space,
              is_kept ? get->key : std::string(),
              {},
              link_});
  std::string frame;
  append_frame(frame, FrameKind::kRequest, id, space, [&](std::string& bytes) { encode(request, bytes); });
  link_->send(frame);
}

void StoreClient::cancel(const abi::Ticket& ticket) noexcept {
  const auto id = ids_.find(ticket);
  if (id == ids_.end()) return;
  pending_.erase(id->second);
  ids_.erase(id);
}

/// What need not be asked for. Whether a request is one at all is for the store to say.
std::optional<decltype(kv::Reply::body)> StoreClient::look_up(std::uint16_t space,
                                                              const kv::Request& request) {
  std::optional<decltype(kv::Reply::body)> known;
  if (!kv::is_durable_read(request) || kv::check(request)) return known;
  if (const auto* get = std::get_if<kv::Get>(&request)) {
    if (auto record = cache_.find(space, get->key)) known = kv::Found{std::move(*record)};
  } else if (const auto* many = std::get_if<kv::GetMany>(&request)) {
    if (auto records = cache_.find_many(space, many->keys)) known = kv::FoundMany{std::move(*records)};
  } else {
    return known;
  }
  metrics_.add(known ? metrics::Counter::kKvHits : metrics::Counter::kKvMisses);
  return known;
}

bool StoreClient::take(link::Link& link, const Frame& frame) {
  const auto kind = frame.kind_as<FrameKind>();
  if (kind == FrameKind::kFollow) return take_follower(link, frame);
  if (kind == FrameKind::kEpoch) return take_epoch(link, frame);
  if (kind != FrameKind::kOutcome && kind != FrameKind::kMap) return false;
  auto outcome = decode_outcome(frame.payload);
  if (!outcome) return false;
  const auto pending = pending_.find(frame.id);
  if (pending == pending_.end()) {  // nobody wants it any more; a turn that comes is given on
    if (kind != FrameKind::kMap) return true;
    send_end(link, frame.id, frame.subject);
    keep_for_followers(frame.id, *outcome);
    pass_on_unseen(frame.id);
    return true;
  }
  if (pending->second.link.get() != &link) return false;
  keep(pending->second, *outcome);
  if (kind == FrameKind::kMap) keep_for_followers(frame.id, *outcome);
  finish(frame.id, std::move(*outcome));
  return true;
}

/// It may end before it has looked at its map, and others go on from that.
void StoreClient::keep_for_followers(std::uint32_t id, const kv::Outcome& outcome) {
  const auto follower = followers_.find(id);
  if (follower == followers_.end()) return;
  if (!outcome) return fail_followers(id, outcome.error());
  if (const auto* map = std::get_if<kv::Map>(&outcome->body))
    follower->second.given = {kVersionOfRow, std::make_shared<const std::vector<kv::Item>>(map->items)};
}

/// A link may wait for a store child that is not there yet: only the child knows its epoch.
bool StoreClient::take_epoch(const link::Link& link, const Frame& frame) {
  std::uint64_t epoch = 0;
  if (frame.payload.size() != sizeof epoch) return false;
  std::memcpy(&epoch, frame.payload.data(), sizeof epoch);
  if (link_.get() == &link) cache_.begin_epoch(epoch);
  return true;
}

bool StoreClient::take_follower(const link::Link& link, const Frame& frame) {
  std::uint32_t before = 0;
  if (frame.payload.size() != sizeof before) return false;
  std::memcpy(&before, frame.payload.data(), sizeof before);
  followers_[before] = {frame.id, &link};
  return true;
}

/// To the next one in the row who is still there.
void StoreClient::pass_on(std::uint32_t id, const Cache::Map& map) {
  for (auto next = followers_.extract(id); next; next = followers_.extract(id)) {
    id = next.mapped().id;
    const auto pending = pending_.find(id);
    if (pending == pending_.end() || pending->second.link.get() != next.mapped().link) continue;
    if (const auto behind = followers_.find(id); behind != followers_.end()) behind->second.given = map;
    return finish(id, kv::Reply{kVersionOfRow, kv::Map{*map.items}});
  }
}

void StoreClient::pass_on_unseen(std::uint32_t id) {
  const auto follower = followers_.find(id);
  if (follower == followers_.end() || !follower->second.given) return;
  const Cache::Map map = *follower->second.given;
  pass_on(id, map);
}

/// There is no map for the first in a row, and so none for those behind it.
void StoreClient::fail_followers(std::uint32_t id, kv::Failure failure) {
  for (auto next = followers_.extract(id); next; next = followers_.extract(id)) {
    id = next.mapped().id;
    if (pending_.contains(id)) finish(id, std::unexpected(failure));
  }
}

bool StoreClient::is_durable(std::uint16_t space, const Cache::Map& map) const noexcept {
  const kv::Version durable = shared_.version(space);
  return map.version != kVersionOfRow && durable != SharedState::kChanging && map.version <= durable;
}

void StoreClient::keep(const Pending& pending, const kv::Outcome& outcome) {
  if (!outcome || pending.link != link_) return;  // the cache has what the present child says
  if (const auto* found = std::get_if<kv::Found>(&outcome->body); found != nullptr && !pending.key.empty()) {
    cache_.keep(pending.space, pending.key, outcome->namespace_version, found->record);
  }
}

void StoreClient::finish(std::uint32_t id, kv::Outcome outcome) {
  const auto pending = pending_.extract(id);
  ids_.erase(pending.mapped().ticket);
  count(pending.mapped(), outcome);
  completions_.complete(pending.mapped().ticket, result(std::move(outcome)));
}

void StoreClient::count(const Pending& pending, const kv::Outcome& outcome) const {
  if (!metrics_.is_on()) return;
  metrics_.observe(metrics::Histogram::kKv, clock_.now() - pending.asked);
  // A conflict is an answer.
  if (!outcome && outcome.error() != kv::Failure::kConflict) metrics_.add(metrics::Counter::kKvFailures);
}

void StoreClient::on_ended(link::Link& link) {
  const link::Link* its = &link;  // which may go
  const bool was_asked = link_.get() == its;
  if (was_asked) link_.reset();
  std::erase_if(followers_, [its](const auto& follower) { return follower.second.link == its; });
  fail_if([its](const Pending& pending) { return pending.link.get() == its; });
  if (was_asked && on_lost_) on_lost_();
}

template <class IsLost>
void StoreClient::fail_if(IsLost is_lost) {
  std::vector<std::uint32_t> ids;
  for (const auto& [id, pending] : pending_) {
    if (is_lost(pending)) ids.push_back(id);
  }
  for (const std::uint32_t id : ids) {
    const auto pending = pending_.find(id);
    if (pending == pending_.end()) continue;
    const bool may_be_done = pending->second.kind == Kind::kWrite || pending->second.kind == Kind::kCommit;
    finish(id, std::unexpected(may_be_done ? kv::Failure::kUnknown : kv::Failure::kUnavailable));
  }
}

void StoreClient::begin_change(const MapChange& change, const TurnRequest& turn, const abi::Ticket& ticket) {
  metrics_.add(metrics::Counter::kKvMisses);
  expect(change.id, {ticket, Kind::kMap, change.space, {}, {}, change.link});
  std::string frame;
  append_frame(frame, FrameKind::kBegin, change.id, change.space,
               [&](std::string& bytes) { encode(turn, bytes); });
  change.link->send(frame);
}

void StoreClient::commit_change(const MapChange& change, const TurnRequest& turn, kv::Transaction transaction,
                                const abi::Ticket& ticket) {
  metrics_.add(metrics::Counter::kKvWrites);
  expect(change.id, {ticket, Kind::kCommit, change.space, {}, {}, change.link});
  const kv::Request request = std::move(transaction);
  std::string frame;
  append_frame(frame, FrameKind::kCommit, change.id, change.space, [&](std::string& bytes) {
    encode(turn, bytes);
    encode(request, bytes);
  });
  change.link->send(frame);
  change.link->send_now();  // the next one's turn begins with it; giving back the guest's memory can wait
}

void StoreClient::end_change(const MapChange& change) { send_end(*change.link, change.id, change.space); }

std::optional<Cache::Map> StoreClient::kept_map(std::uint16_t space) {
  // Where several change it, whoever asks first has the turn; what is kept here would be old when it is used.
  auto map = shared_.is_crowded(space) ? std::nullopt : cache_.find_map(space);
  if (map) metrics_.add(metrics::Counter::kKvHits);
  return map;
}

std::unique_ptr<runtime::Commit> StoreClient::make_commit(std::uint16_t space, TurnRequest turn) {
  metrics_.add(metrics::Counter::kKvMaps);
  return std::make_unique<MapCommit>(*this, space, turn);
}

}  // namespace wws::store
