#include "store/store_client.h"

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "store/codec.h"
#include "store/map_commit.h"

namespace wws::store {
namespace {

bool is_read(const kv::Request& request) {
  return std::holds_alternative<kv::Get>(request) || std::holds_alternative<kv::GetMany>(request) ||
         std::holds_alternative<kv::List>(request) || std::holds_alternative<kv::ReadNamespace>(request);
}

std::unique_ptr<abi::OperationResult> result(kv::Outcome outcome) {
  return std::make_unique<abi::KvResult>(std::move(outcome));
}

}  // namespace

StoreClient::StoreClient(boost::asio::io_context& context, abi::Completions& completions,
                         const base::Clock& clock, VersionPage versions, metrics::Recorder metrics)
    : context_(context),
      completions_(completions),
      clock_(clock),
      metrics_(metrics),
      versions_(std::move(versions)),
      cache_(versions_, clock) {}

void StoreClient::connect(base::File socket) {
  on_ended();
  ++link_;
  cache_.begin_epoch();
  socket_ = std::make_unique<link::FrameSocket>(
      context_, std::move(socket),
      link::FrameSocket::Handlers{[this](const Frame& frame) { return take(frame); }, [] {},
                                  [this] {
                                    on_ended();
                                    if (on_lost_) on_lost_();
                                  }});
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
  const auto* get = std::get_if<kv::Get>(&request);
  metrics_.add(is_read(request) ? metrics::Counter::kKvReads : metrics::Counter::kKvWrites);
  const bool is_kept = get != nullptr && get->visibility == kv::Visibility::kDurable;
  if (is_kept) {
    if (const auto record = cache_.find(space, get->key)) {
      metrics_.add(metrics::Counter::kKvHits);
      operations.complete(ticket, result(kv::Reply{versions_.version(space), kv::Found{*record}}));
      return;
    }
    metrics_.add(metrics::Counter::kKvMisses);
  }
  if (!can_ask()) {
    metrics_.add(metrics::Counter::kKvFailures);
    operations.complete(ticket, result(std::unexpected(kv::Failure::kUnavailable)));
    return;
  }
  const std::uint32_t id = new_id();
  expect(
      id,
      {ticket, is_read(request) ? Kind::kRead : Kind::kWrite, space, is_kept ? get->key : std::string(), {}});
  std::string frame;
  append_frame(frame, FrameKind::kRequest, id, space, [&](std::string& bytes) { encode(request, bytes); });
  socket_->send(frame);
}

void StoreClient::cancel(const abi::Ticket& ticket) noexcept {
  const auto id = ids_.find(ticket);
  if (id == ids_.end()) return;
  pending_.erase(id->second);
  ids_.erase(id);
}

bool StoreClient::take(const Frame& frame) {
  if (frame.kind_as<FrameKind>() != FrameKind::kOutcome && frame.kind_as<FrameKind>() != FrameKind::kMap)
    return false;
  auto outcome = decode_outcome(frame.payload);
  if (!outcome) return false;
  const auto pending = pending_.find(frame.id);
  if (pending == pending_.end()) {  // nobody wants it any more; a turn that comes is given back
    if (frame.kind_as<FrameKind>() == FrameKind::kMap) end_change(frame.id, frame.subject);
    return true;
  }
  keep(pending->second, *outcome);
  finish(frame.id, std::move(*outcome));
  return true;
}

void StoreClient::keep(const Pending& pending, const kv::Outcome& outcome) {
  if (!outcome) return;
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

void StoreClient::on_ended() {
  socket_.reset();
  std::vector<std::uint32_t> ids;
  for (const auto& [id, _] : pending_) ids.push_back(id);
  for (const std::uint32_t id : ids) {
    const auto pending = pending_.find(id);
    if (pending == pending_.end()) continue;
    const bool may_be_done = pending->second.kind == Kind::kWrite || pending->second.kind == Kind::kCommit;
    finish(id, std::unexpected(may_be_done ? kv::Failure::kUnknown : kv::Failure::kUnavailable));
  }
}

void StoreClient::begin_change(std::uint32_t id, std::uint16_t space, const TurnRequest& turn,
                               const abi::Ticket& ticket) {
  metrics_.add(metrics::Counter::kKvMisses);
  expect(id, {ticket, Kind::kMap, space, {}, {}});
  std::string frame;
  append_frame(frame, FrameKind::kBegin, id, space, [&](std::string& bytes) { encode(turn, bytes); });
  socket_->send(frame);
}

void StoreClient::commit_change(std::uint32_t id, std::uint16_t space, const TurnRequest& turn,
                                kv::Transaction transaction, const abi::Ticket& ticket) {
  metrics_.add(metrics::Counter::kKvWrites);
  expect(id, {ticket, Kind::kCommit, space, {}, {}});
  const kv::Request request = std::move(transaction);
  std::string frame;
  append_frame(frame, FrameKind::kCommit, id, space, [&](std::string& bytes) {
    encode(turn, bytes);
    encode(request, bytes);
  });
  socket_->send(frame);
}

void StoreClient::end_change(std::uint32_t id, std::uint16_t space) {
  if (!socket_) return;
  std::string frame;
  append_frame(frame, FrameKind::kEnd, id, space, [](std::string&) {});
  socket_->send(frame);
}

std::optional<Cache::Map> StoreClient::kept_map(std::uint16_t space) {
  // Where several change it, whoever asks first has the turn; what is kept here would be old when it is used.
  auto map = versions_.is_crowded(space) ? std::nullopt : cache_.find_map(space);
  if (map) metrics_.add(metrics::Counter::kKvHits);
  return map;
}

std::unique_ptr<runtime::Commit> StoreClient::make_commit(std::uint16_t space, TurnRequest turn) {
  metrics_.add(metrics::Counter::kKvMaps);
  return std::make_unique<MapCommit>(*this, space, turn);
}

}  // namespace wws::store
